"""Whatever happens to an advance, in whatever order: the running state is what a replay says, and the books agree."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from domain.banking.states import Purpose, Verdict
from domain.financing.accrual import accrue, booked_figures, closed_until
from domain.financing.ageing import mark_overdue
from domain.financing.check import check_subledger
from domain.financing.dilution import dilute_receivable
from domain.financing.dues import due_releases
from domain.financing.figures import Figures
from domain.financing.holds import place_hold
from domain.financing.owed import NewRepayment
from domain.financing.recourse import approve_write_off, demand_recourse, propose_write_off
from domain.financing.repayment_reversals import approve_reversal, propose_reversal
from domain.financing.repayments import propose_repayment, settle_repayment
from domain.financing.service import charge_cost, figures_as_of
from domain.financing.states import AdvanceState, Payer, RepaymentState
from domain.financing.tables import Advance, Repayment
from domain.financing.terms import Terms
from domain.receivables.queries import receivable
from domain.receivables.tables import Receivable
from domain.values.money import Money
from tests.domain.financing.conftest import CHECKER, MAKER, World, cny
from tests.domain.financing.test_accrual import ordered_under

FACE = cny("1000.00")
SHARES = st.sampled_from([1, 10, 35, 60, 100, 130])  # per cent of the face


class LifeOfAnAdvance(RuleBasedStateMachine):
    """One advance of 1,000.00 on the world's own line; each machine begins with a new one."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        terms = Terms(annual_rate=Decimal("0.18"), grace_days=2)
        self.advance_id = ordered_under(world, terms, FACE, world.today + timedelta(days=20), Decimal("0.9"))
        world.pay_out(self.advance_id)
        self.repayments: list[Repayment] = []
        self.debits: list[tuple[int, Money]] = []

    @property
    def advance(self) -> Advance:
        return self.world.advance(self.advance_id)

    @property
    def receivable(self) -> Receivable:
        return receivable(self.world.session, self.advance.receivable_id)

    @property
    def figures(self) -> Figures:
        return booked_figures(self.advance, closed_until(self.world.session))

    def share(self, per_cent: int) -> Money:
        return Money.from_minor(FACE.minor * per_cent // 100, "CNY")

    @rule(days=st.integers(1, 30))
    def days_pass(self, days: int) -> None:
        self.world.on(self.world.today + timedelta(days=days))
        accrue(self.world.session, self.world.today - timedelta(days=1), clock=self.world.clock)
        mark_overdue(self.world.session, self.world.today, clock=self.world.clock)
        self.world.session.commit()

    @rule(per_cent=SHARES)
    def debtor_is_debited(self, per_cent: int) -> None:
        amount = self.share(per_cent)
        self.debits.append((self.world.bank(Purpose.RECEIVABLE_COLLECTION, self.advance_id, amount), amount))

    @precondition(lambda self: self.debits)
    @rule()
    def debit_is_returned(self) -> None:
        instruction, amount = self.debits.pop()
        returned = Verdict.RETURNED
        self.world.bank(Purpose.RECEIVABLE_COLLECTION, self.advance_id, amount, returned, instruction=instruction)

    @rule(per_cent=SHARES, days_ago=st.integers(0, 25))
    def payment_is_booked(self, per_cent: int, days_ago: int) -> None:
        funded_on = self.advance.funded_on
        assert funded_on is not None
        new = NewRepayment(
            lender_id=self.advance.lender_id,
            payer_id=self.advance.debtor_id,
            payer=Payer.DEBTOR,
            amount=self.share(per_cent),
            value_date=max(funded_on, self.world.today - timedelta(days=days_ago)),
            reference=uuid4().hex,
            reason="transfer",
            advance_ids=[self.advance_id],
        )
        made = propose_repayment(self.world.session, new, actor=MAKER, clock=self.world.clock)
        if made.state is RepaymentState.ALLOCATED:
            settle_repayment(self.world.session, made.id, actor=CHECKER, clock=self.world.clock)
            self.repayments.append(made)
        self.world.session.commit()

    @precondition(lambda self: self.repayments)
    @rule()
    def payment_is_taken_back(self) -> None:
        made = self.repayments.pop()
        propose_reversal(self.world.session, made.id, actor=MAKER, clock=self.world.clock)
        approve_reversal(self.world.session, made.id, reason="x", actor=CHECKER, clock=self.world.clock)
        self.world.session.commit()

    @precondition(lambda self: self.receivable.unpaid)
    @rule(per_cent=st.integers(1, 30))
    def invoice_is_credited(self, per_cent: int) -> None:
        dilute_receivable(
            self.world.session,
            self.receivable.id,
            amount=min(self.share(per_cent), self.receivable.unpaid),
            reference=uuid4().hex,
            issued_on=self.world.today,
            reason="refund",
            evidence=sha256(b"note").digest(),
            actor=MAKER,
            clock=self.world.clock,
        )
        self.world.session.commit()

    @rule(minor=st.integers(1, 3_000))
    def cost_is_charged(self, minor: int) -> None:
        charge_cost(
            self.world.session,
            self.advance_id,
            amount=Money.from_minor(minor, "CNY"),
            on=self.world.today,
            reference=uuid4().hex,
            reason="lawyer",
            actor=MAKER,
            clock=self.world.clock,
        )
        self.world.session.commit()

    @rule()
    def reserve_is_held(self) -> None:
        place_hold(
            self.world.session, self.advance_id, amount=cny("5.00"), reason="x", actor=MAKER, clock=self.world.clock
        )
        self.world.session.commit()

    @rule()
    def reserve_leaves(self) -> None:
        dues = self.world.session.execute(due_releases(self.world.session, self.world.today)).all()
        for due in [each for each in dues if each.subject_id == self.advance_id]:
            self.world.bank(Purpose.HOLDBACK_RELEASE, self.advance_id, Money.from_minor(due.amount_minor, "CNY"))

    @precondition(lambda self: self.advance.state is AdvanceState.OVERDUE)
    @rule()
    def recourse_is_demanded(self) -> None:
        demand_recourse(self.world.session, self.advance_id, reason="x", actor=CHECKER, clock=self.world.clock)
        self.world.session.commit()

    @precondition(lambda self: self.advance.state is AdvanceState.RECOURSE_DEMANDED)
    @rule()
    def seller_buys_back(self) -> None:
        amount = figures_as_of(self.world.session, self.advance_id, self.world.today).buy_back
        self.world.bank(Purpose.RECOURSE_COLLECTION, self.advance_id, amount)
        assert self.advance.state in {AdvanceState.BOUGHT_BACK, AdvanceState.REPAID, AdvanceState.CLOSED}

    @precondition(lambda self: self.advance.state is AdvanceState.RECOURSE_DEMANDED and self.figures.principal)
    @rule()
    def advance_is_written_off(self) -> None:
        proposed = propose_write_off(
            self.world.session, self.advance_id, reason="x", actor=MAKER, clock=self.world.clock
        )
        approve_write_off(self.world.session, proposed.id, actor=CHECKER, clock=self.world.clock)
        self.world.session.commit()

    @invariant()
    def running_state_is_what_a_replay_says(self) -> None:
        kept = self.figures
        assert kept.as_of is not None
        assert kept == figures_as_of(self.world.session, self.advance_id, kept.as_of)

    @invariant()
    def parts_sum_to_the_whole(self) -> None:
        figures = self.figures
        came = figures.collected + figures.bought_back + figures.dilution_paid
        went = cny("900.00") - figures.principal - figures.principal_written_off
        went += figures.costs_paid + figures.penalty_paid + figures.interest_paid
        assert came == went + figures.recovered + figures.surplus + figures.overpaid

    @invariant()
    def nothing_is_below_zero(self) -> None:
        figures = self.figures
        zero = Money.zero("CNY")
        assert not figures.held < zero
        assert not (figures.held and figures.claim)
        assert not (figures.held and not figures.repaid)
        assert not figures.principal < figures.called

    @invariant()
    def nobody_is_financed_beyond_the_confirmed_balance(self) -> None:
        assert self.receivable.exposure_minor <= self.receivable.unpaid.minor

    @invariant()
    def books_agree(self) -> None:
        assert check_subledger(self.world.session) == []
        self.world.nothing_in_transit()


def test_any_life_of_an_advance_keeps_its_figures_and_the_books_together(world: World) -> None:
    LifeOfAnAdvance.world = world
    run_state_machine_as_test(
        LifeOfAnAdvance,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
