"""Interest on intercompany positions: accrued by day, corrected when a value date was another, settled by period."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.access.errors import SamePerson
from domain.approvals.errors import AlreadyDecided, DigestChanged
from domain.approvals.states import ApprovalState
from domain.audit.service import entries
from domain.banking.instructions import insert_due
from domain.banking.states import Verdict
from domain.banking.tables import Instruction
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.clock import FixedClock
from domain.platform.database import Database, TenantSession
from domain.platform.ids import uuid7
from domain.pooling import checks
from domain.pooling.accrual import accrue_pools
from domain.pooling.errors import NotYetMoved, SameValueDate
from domain.pooling.interest_payments import due_interest
from domain.pooling.revaluation import correct_value_date, propose_correction, refuse_correction
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.settlements import propose_settlement, settle_interest
from domain.pooling.states import SettlementMode, SweepState
from domain.pooling.structures import NewMember, PoolTerms, approve_version, propose_version
from domain.pooling.tables import LoanSlip, PoolLeg, PoolStructure, Sweep
from domain.values.actor import Actor
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain
from tests.domain.pooling.desk import CHECKER, TODAY, TREASURER, Desk, Fund, fen

RATES = ("0.0135", "0.03")
LAST_DAY = TODAY + timedelta(days=29)  # the thirtieth that bears interest


@pytest.fixture
def desk(session: TenantSession, chain: Chain, clock: FixedClock, fund: Fund) -> Desk:
    return Desk(session, chain, clock, fund)


def close_until(desk: Desk, last: date) -> None:
    day = TODAY
    while day <= last:
        accrue_pools(desk.session, day, clock=desk.clock)
        day += timedelta(days=1)


def leg(desk: Desk, shop: str = "1") -> PoolLeg:
    desk.session.expire_all()
    found = select(PoolLeg).where(
        PoolLeg.tenant_id == desk.session.tenant_id, PoolLeg.account_id == desk.chain.accounts[shop]
    )
    return desk.session.exec(found).one()


def standing(desk: Desk, kind: AccountKind) -> Money:
    return ledger.balance(desk.session, AccountRef(kind, "CNY", desk.chain.hq)).posted


class TestAccrual:
    def test_of_what_a_branch_gave_up_and_of_what_a_header_lent(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        desk.fund(desk.chain.accounts["2"], "-400000.00")
        desk.sweep(desk.pool(rates=RATES))
        close_until(desk, LAST_DAY)
        # 1,200,000 x 1.35 % x 30 / 360 = 1,350.00; 400,000 x 3.00 % x 30 / 360 = 1,000.00
        assert (leg(desk).earned_minor, leg(desk).owed_minor) == (fen("1350.00"), 0)
        assert (leg(desk, "2").earned_minor, leg(desk, "2").owed_minor) == (0, fen("1000.00"))
        assert standing(desk, AccountKind.IC_INTEREST_RECEIVABLE) == Money.of("2350.00", "CNY")
        assert standing(desk, AccountKind.IC_INTEREST_PAYABLE) == Money.of("2350.00", "CNY")
        assert checks.check_pooling(desk.session) == []

    def test_never_drifts_from_the_rounded_sum(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1000.10")
        desk.sweep(desk.pool(rates=RATES))
        close_until(desk, LAST_DAY)
        # 1,000.10 x 1.35 % x 30 / 360 = 1.1251125; thirty days of 0.0375 rounded each would be 1.20
        assert leg(desk).earned_minor == fen("1.13")

    def test_catches_up_days_that_were_missed_and_closes_each_once(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        desk.sweep(desk.pool(rates=RATES))
        accrue_pools(desk.session, TODAY, clock=desk.clock)
        assert len(accrue_pools(desk.session, LAST_DAY, clock=desk.clock).dates) == 29
        assert accrue_pools(desk.session, LAST_DAY, clock=desk.clock).dates == []
        assert leg(desk).earned_minor == fen("1350.00")

    def test_follows_the_rate_of_the_version_in_force_on_each_day(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        pool = desk.pool(rates=RATES)
        desk.sweep(pool)
        change_rates(desk, pool, TODAY + timedelta(days=10), up="0.027")
        close_until(desk, TODAY + timedelta(days=9))
        accrue_pools(desk.session, TODAY + timedelta(days=19), clock=desk.clock)
        # ten days at 1.35 % are 450.00, ten at 2.70 % are 900.00
        assert leg(desk).earned_minor == fen("1350.00")

    def test_of_a_sweep_heard_late_counts_from_its_value_date(self, desk: Desk) -> None:
        pool = desk.pool(rates=RATES)
        desk.fund(desk.chain.accounts["1"], "600000.00")
        desk.sweep(pool, "noon")
        close_until(desk, TODAY + timedelta(days=9))
        desk.fund(desk.chain.accounts["1"], "600000.01")
        desk.sweep(pool)  # valued on the first day, known after the tenth
        accrue_pools(desk.session, TODAY + timedelta(days=10), clock=desk.clock)
        # 1,200,000.01 x 1.35 % x 11 / 360 = 495.00
        assert leg(desk).earned_minor == fen("495.00")
        assert checks.check_pooling(desk.session) == []


def change_rates(desk: Desk, pool: PoolStructure, on: date, *, up: str) -> None:
    terms = PoolTerms(floor=Money.zero("CNY"), auto_approve=True, up_rate=Decimal(up), down_rate=Decimal("0.03"))
    member = NewMember(account_id=desk.chain.accounts["1"], terms=SweepTerms(SweepMethod.ZERO, "CNY"))
    version = propose_version(
        desk.session,
        structure_id=pool.id,
        effective_on=on,
        terms=terms,
        members=[member],
        reason="new rate",
        actor=TREASURER,
        clock=desk.clock,
    )
    approve_version(desk.session, version_id=version.id, digest=version.digest, actor=CHECKER, clock=desk.clock)


class TestBackValue:
    def swept(self, desk: Desk, valued_on: date = TODAY + timedelta(days=5)) -> Sweep:
        desk.fund(desk.chain.accounts["1"], "200000.00")
        proposal = desk.sweep(desk.pool(rates=RATES), on=valued_on)
        close_until(desk, TODAY + timedelta(days=9))
        return desk.sweeps(proposal)[0]

    def correct(self, desk: Desk, sweep: Sweep, on: date) -> tuple[int, int]:
        propose_correction(
            desk.session, sweep_id=sweep.id, value_date=on, reason="bank notice", actor=TREASURER, clock=desk.clock
        )
        corrected = correct_value_date(
            desk.session, sweep_id=sweep.id, value_date=on, reason="bank notice", actor=CHECKER, clock=desk.clock
        )
        return corrected.earned_minor, corrected.owed_minor

    def test_posts_the_difference_and_rewrites_nothing(self, desk: Desk) -> None:
        sweep = self.swept(desk)
        before = leg(desk).earned_minor
        # 200,000 x 1.35 % x 5 / 360 = 37.50
        assert self.correct(desk, sweep, TODAY) == (fen("37.50"), 0)
        assert leg(desk).earned_minor - before == fen("37.50")
        desk.session.refresh(sweep)
        assert (sweep.state, sweep.value_date) == (SweepState.VALUE_CORRECTED, TODAY + timedelta(days=5))
        assert checks.check_pooling(desk.session) == []

    def test_can_be_taken_back_to_the_cent(self, desk: Desk) -> None:
        sweep = self.swept(desk)
        self.correct(desk, sweep, TODAY)
        assert self.correct(desk, sweep, TODAY + timedelta(days=5)) == (fen("-37.50"), 0)
        assert checks.check_pooling(desk.session) == []

    def test_that_is_refused_leaves_the_books_as_they_are_and_the_reason_in_the_trail(self, desk: Desk) -> None:
        sweep = self.swept(desk)
        before = leg(desk).earned_minor
        asked = {"sweep_id": sweep.id, "value_date": TODAY, "reason": "bank notice", "clock": desk.clock}
        digest = propose_correction(desk.session, actor=TREASURER, **asked)  # type: ignore[arg-type]
        refused = refuse_correction(
            desk.session, sweep_id=sweep.id, digest=digest, reason="no notice on file", actor=CHECKER, clock=desk.clock
        )
        assert (refused.state, refused.decided_by) == (ApprovalState.REJECTED, str(CHECKER))
        with pytest.raises(AlreadyDecided):
            correct_value_date(desk.session, actor=CHECKER, **asked)  # type: ignore[arg-type]
        assert leg(desk).earned_minor == before
        (noted, *_) = entries(desk.session, subject=f"value_date:{sweep.id}")
        assert (noted.action, noted.facts) == (
            "approval.rejected",
            {"digest": digest, "reason": "no notice on file"},
        )
        assert propose_correction(desk.session, actor=TREASURER, **asked) == digest  # type: ignore[arg-type]

    def test_of_the_same_date_or_of_what_moved_nothing_is_refused(self, desk: Desk) -> None:
        sweep = self.swept(desk)
        with pytest.raises(SameValueDate):
            self.correct(desk, sweep, TODAY + timedelta(days=5))
        desk.fund(desk.chain.accounts["2"], "5.00")
        pool = desk.session.exec(select(PoolStructure).where(PoolStructure.tenant_id == desk.session.tenant_id)).one()
        waiting = desk.sweeps(desk.evaluate(pool, "late"))[0]
        with pytest.raises(NotYetMoved):
            self.correct(desk, waiting, TODAY)


class TestSettlement:
    def accrued(self, desk: Desk) -> PoolStructure:
        desk.fund(desk.chain.accounts["1"], "1200000.00")
        desk.fund(desk.chain.accounts["2"], "-400000.00")
        pool = desk.pool(rates=RATES)
        desk.sweep(pool)
        close_until(desk, LAST_DAY)
        return pool

    def settle(self, desk: Desk, pool: PoolStructure, mode: SettlementMode) -> int:
        digest = propose_settlement(desk.session, structure_id=pool.id, mode=mode, actor=TREASURER, clock=desk.clock)
        return settle_interest(
            desk.session, structure_id=pool.id, mode=mode, digest=digest, actor=CHECKER, clock=desk.clock
        )

    def test_is_for_two_people_and_of_what_the_second_has_seen(self, desk: Desk) -> None:
        pool = self.accrued(desk)
        mode = SettlementMode.PAID
        digest = propose_settlement(desk.session, structure_id=pool.id, mode=mode, actor=TREASURER, clock=desk.clock)

        def settle(by: Actor, mode: SettlementMode = mode) -> int:
            return settle_interest(
                desk.session, structure_id=pool.id, mode=mode, digest=digest, actor=by, clock=desk.clock
            )

        with pytest.raises(SamePerson):
            settle(TREASURER)
        with pytest.raises(DigestChanged):
            settle(CHECKER, SettlementMode.CAPITALISED)
        accrue_pools(desk.session, LAST_DAY + timedelta(days=1), clock=desk.clock)  # a day more than was seen
        with pytest.raises(DigestChanged):
            settle(CHECKER)

    def test_capitalised_interest_moves_the_positions(self, desk: Desk) -> None:
        pool = self.accrued(desk)
        assert self.settle(desk, pool, SettlementMode.CAPITALISED) == 2
        assert self.settle(desk, pool, SettlementMode.CAPITALISED) == 0
        assert checks.intercompany_positions(desk.session, "CNY") == {
            desk.chain.shops["1"]: Money.of("1201350.00", "CNY"),
            desk.chain.shops["2"]: Money.of("-401000.00", "CNY"),
        }
        assert standing(desk, AccountKind.IC_INTEREST_RECEIVABLE) == Money.zero("CNY")
        assert checks.check_pooling(desk.session) == []

    def test_paid_interest_travels_with_the_sweeps_and_a_refusal_leaves_it_owed(self, desk: Desk) -> None:
        pool = self.accrued(desk)
        desk.fund(desk.chain.accounts["2"], "2000.00")
        assert self.settle(desk, pool, SettlementMode.PAID) == 2
        payments = self.gather(desk)
        assert sorted(payment.amount_minor for payment in payments) == [fen("1000.00"), fen("1350.00")]
        paid, refused = payments
        desk.hear([paid], Verdict.SETTLED)
        desk.tell([refused], Verdict.REJECTED)
        left = {fen("1350.00"): "1000.00", fen("1000.00"): "1350.00"}[paid.amount_minor]
        assert standing(desk, AccountKind.IC_INTEREST_RECEIVABLE) == Money.of(left, "CNY")
        assert checks.check_pooling(desk.session) == []

    def gather(self, desk: Desk) -> list[Instruction]:
        run_id = uuid7()
        insert_due(desk.session, due_interest(desk.session, TODAY), run_id=run_id, clock=desk.clock)
        found = select(Instruction).where(Instruction.tenant_id == desk.session.tenant_id, Instruction.run_id == run_id)
        return list(desk.session.exec(found).all())


class TestSlips:
    def test_say_who_lends_whom_at_which_rate(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "500.00")
        desk.fund(desk.chain.accounts["2"], "-200.00")
        desk.sweep(desk.pool(rates=RATES))
        slips = desk.session.exec(
            select(LoanSlip).where(LoanSlip.tenant_id == desk.session.tenant_id).order_by(LoanSlip.reference)
        ).all()
        assert [
            (slip.lender_id, slip.borrower_id, slip.principal_minor, str(slip.annual_rate.normalize()), slip.lent_on)
            for slip in slips
        ] == [
            (desk.chain.shops["1"], desk.chain.hq, fen("500.00"), "0.0135", TODAY),
            (desk.chain.hq, desk.chain.shops["2"], fen("200.00"), "0.03", TODAY),
        ]
        assert [slip.reference for slip in slips] == ["EL20260302-1", "EL20260302-2"]

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ("pool_movement SET parent_account_id = :other", "movement without its leg"),
            ("pool_movement SET party_id = :other", "movement without its leg"),
            ("loan_slip SET sweep_id = :other", "loan slip without its sweep"),
            ("loan_slip SET lender_id = borrower_id", "loan slip without its sweep"),
            ("loan_slip SET structure_id = :other", "loan slip without its sweep"),
        ],
    )
    def test_of_nothing_are_found(self, desk: Desk, database: Database, change: str, rule: str) -> None:
        desk.fund(desk.chain.accounts["1"], "500.00")
        desk.sweep(desk.pool())
        assert checks.orphans(desk.session) == []
        desk.session.commit()
        with database.owner.begin() as owner:  # our own roles cannot change a slip
            owner.execute(
                text(f"UPDATE {change} WHERE tenant_id = :tenant"),
                {"tenant": desk.session.tenant_id, "other": uuid7()},
            )
        assert [orphan.rule for orphan in checks.orphans(desk.session)] == [rule]
        assert rule in {finding.rule for finding in checks.check_pooling(desk.session)}

    def test_that_are_missing_are_found(self, desk: Desk) -> None:
        desk.fund(desk.chain.accounts["1"], "500.00")
        desk.sweep(desk.pool())
        desk.session.execute(
            text("UPDATE pool_movement SET amount_minor = amount_minor + 1 WHERE tenant_id = :tenant"),
            {"tenant": desk.session.tenant_id},
        )
        assert {difference.rule for difference in checks.check_pooling(desk.session)} == {
            "due from header = movements",
            "movements of sweeps = sweeps executed",
            "loan slips = legs executed",
        }
