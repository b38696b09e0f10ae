"""What the nightly runs take of advances out of sales: the payout, and the shares under the merchant's mandate."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col, select

from domain.banking.states import InstructionState, Purpose, Verdict
from domain.banking.tables import Instruction
from domain.collection.mandates import NewMandate, grant_mandates
from domain.collection.states import MandatePurpose
from domain.financing.facilities import suspend_facility
from domain.financing.sales.service import represent_collections
from domain.runs.planning import plan_run
from domain.runs.presenting import failed_debits, present_anew
from domain.runs.states import RunKind
from tests.domain.financing.conftest import MAKER, cny
from tests.domain.financing.sales.conftest import COLLECTION, DISBURSEMENT, Till


def instructed(till: Till, kind: RunKind, purpose: Purpose) -> list[tuple[int, str]]:
    """What a run of today takes: amounts in minor units, and their obligations."""
    on = till.world.today
    run = plan_run(till.session, kind=kind, business_date=on, slot="2000", clock=till.world.clock)
    found = select(Instruction).where(
        Instruction.tenant_id == till.session.tenant_id, Instruction.run_id == run.id, Instruction.purpose == purpose
    )
    return [(row.amount_minor, row.obligation_key) for row in till.session.exec(found)]


def mandate(till: Till, purpose: MandatePurpose = MandatePurpose.LOAN_REPAYMENT) -> None:
    new = NewMandate(
        reference="M-1",
        party_id=till.merchant,
        account_id=till.world.accounts["shop"],
        currency="CNY",
        signed_on=till.world.today,
        purpose=purpose,
    )
    grant_mandates(till.session, [new], actor=MAKER, clock=till.world.clock)


def shares(till: Till) -> list[tuple[int, str]]:
    return instructed(till, RunKind.DEBIT, COLLECTION)


class TestThePayout:
    def test_leaves_with_the_disbursement_run(self, till: Till) -> None:
        advance = till.approved()
        key = f"sales_disbursement:{advance}"
        assert instructed(till, RunKind.DISBURSEMENT, DISBURSEMENT) == [(9_000_00, key)]

    def test_waits_for_its_day_and_for_a_line_that_lends(self, till: Till) -> None:
        till.approved(funding_on=till.world.today + timedelta(days=1))
        assert instructed(till, RunKind.DISBURSEMENT, DISBURSEMENT) == []
        suspend_facility(till.session, till.facility.id, reason="x", actor=MAKER, clock=till.world.clock)
        till.world.on(till.world.today + timedelta(days=1))
        assert instructed(till, RunKind.DISBURSEMENT, DISBURSEMENT) == []


def refused_for_good(till: Till) -> None:
    """Nothing comes of the debits that were planned, and nothing tries them again."""
    answered = (
        update(Instruction)
        .where(col(Instruction.tenant_id) == till.session.tenant_id, col(Instruction.purpose) == COLLECTION)
        .values(state=InstructionState.CANCELLED, released=True)
    )
    till.session.execute(answered)
    till.session.expire_all()


class TestADebitThatFailedForGood:
    def test_waits_for_a_person_and_is_asked_for_under_another_number(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.sold("277.78")
        assert shares(till) == [(50_00, f"sales:{advance}:1")]
        # On its way: nobody asks twice.
        assert failed_debits(till.session) == []
        assert represent_collections(till.session, [advance]) == []
        refused_for_good(till)
        (found,) = failed_debits(till.session)
        assert (found.id, found.out_of_sales, found.lender_id) == (advance, True, till.world.parties["lender"])
        assert failed_debits(till.session, lender_id=till.world.parties["second lender"]) == []
        (presented,) = present_anew(till.session, actor=MAKER, clock=till.world.clock)
        assert presented == found
        assert failed_debits(till.session) == []
        till.night()
        assert shares(till) == [(50_00, f"sales:{advance}:2")]

    def test_after_one_that_was_paid_is_found_all_the_same(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.sold("277.78")
        till.bank(COLLECTION, advance, "50.00")
        till.sold("277.78", reference="Y")
        assert shares(till) == [(50_00, f"sales:{advance}:2")]
        refused_for_good(till)
        assert [each.id for each in failed_debits(till.session)] == [advance]

    def test_is_presented_of_those_that_are_named_alone(self, till: Till) -> None:
        mandate(till)
        till.funded()
        till.sold("277.78")
        shares(till)
        refused_for_good(till)
        assert present_anew(till.session, ids=[till.merchant], actor=MAKER, clock=till.world.clock) == []
        assert len(failed_debits(till.session)) == 1


class TestTheShares:
    def test_are_debited_under_the_merchants_mandate_to_repay(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.sold("277.78")
        assert shares(till) == [(50_00, f"sales:{advance}:1")]

    def test_are_not_debited_under_a_mandate_to_pay_for_goods(self, till: Till) -> None:
        mandate(till, MandatePurpose.TRADE_PAYMENT)
        till.funded()
        till.sold("277.78")
        assert shares(till) == []

    def test_of_days_that_came_late_are_debited_together_and_once(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.night()
        till.sold("277.78", on=till.world.today - timedelta(days=1))
        till.sold("555.56")
        # 277.78 × 18 % + 555.56 × 18 % = 50.00 + 100.00
        assert shares(till) == [(150_00, f"sales:{advance}:1")]
        till.night()
        # That debit is on its way: nothing more is asked for until the bank has spoken.
        till.sold("277.78")
        assert shares(till) == []

    def test_settled_leave_the_next_obligation(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.sold("277.78")
        till.bank(COLLECTION, advance, "50.00")
        assert shares(till) == []
        till.night()
        till.sold("100.00")
        assert shares(till) == [(18_00, f"sales:{advance}:2")]

    def test_on_the_final_day_are_everything_that_is_open(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        row = till.row(advance)
        till.world.on(row.final_on)
        assert shares(till) == [(10_000_00, f"sales:{advance}:1")]

    def test_that_came_back_after_the_next_was_made_are_asked_for_with_it(self, till: Till) -> None:
        mandate(till)
        advance = till.funded()
        till.sold("277.78")
        first = till.bank(COLLECTION, advance, "50.00")
        till.sold("555.56", reference="Y")
        assert shares(till) == [(100_00, f"sales:{advance}:2")]
        back = {"instruction": first.instruction_id, "obligation": first.obligation_key}
        till.bank(COLLECTION, advance, "50.00", Verdict.RETURNED, **back)  # type: ignore[arg-type]
        row = till.row(advance)
        assert (row.collection_round, row.collected_minor) == (2, 0)
        assert till.stand(advance).behind == cny("150.00")
