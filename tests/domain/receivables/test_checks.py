"""Checking receivables against the rules: in the database, many at once, and everything kept."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.parties.relations import relate
from domain.parties.service import NewParty, register_party
from domain.parties.states import PartyKind, RelationKind
from domain.receivables.checks import check_eligibility, eligibility_checks, require_eligible
from domain.receivables.eligibility import STANDARD, Eligibility, EligibilityPolicy
from domain.receivables.errors import NotEligible
from domain.receivables.service import mark_red_lettered
from domain.receivables.states import Verdict
from domain.values.errors import NotFound
from domain.values.money import Money
from tests.domain.receivables.conftest import MAKER, Office

ROWS = ("D1,INV-1,2026-01-05,2026-03-27,1000.00", "D1,INV-2,2026-01-05,2026-04-27,500.00")
FLAGGED = "debtor,invoice number,issue date,due date,amount,not assignable\n"


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def check(office: Office, ids: Sequence[UUID], policy: EligibilityPolicy = STANDARD) -> list[Eligibility]:
    checked = check_eligibility(office.session, ids, policy=policy, clock=office.clock)
    return [checked[each] for each in ids]


def failed(office: Office, receivable_id: UUID) -> list[str]:
    (found,) = check(office, [receivable_id])
    return [result.rule for result in found.failed]


def owes_back(office: Office, amount: str) -> None:
    """The seller owes the first debtor, which sells to it under another part: the same firms by their tax ids."""
    salt = office.session.tenant_id
    seller = NewParty(kind=PartyKind.SUPPLIER, name="First debtor", code="B1", tax_id=f"2{salt}", country="DE")
    debtor = NewParty(kind=PartyKind.DEBTOR, name="Seller", code="B2", tax_id=f"1{salt}", country="DE")
    for new in (seller, debtor):
        register_party(office.session, new, actor=MAKER, clock=office.clock)
    header = "seller,debtor,invoice number,issue date,due date,amount\n"
    office.verified(f"B1,B2,BACK-1,2026-01-05,2026-03-27,{amount}", header=header)


class TestChecks:
    def test_pass_what_is_confirmed(self, office: Office) -> None:
        found = check(office, office.confirmed(*ROWS))
        assert [(each.verdict, each.eligible) for each in found] == [
            (Verdict.PASS, cny("1000.00")),
            (Verdict.PASS, cny("500.00")),
        ]

    def test_fail_what_is_not(self, office: Office) -> None:
        (verified,) = office.verified(ROWS[0])
        assert failed(office, verified) == ["confirmed_and_undisputed"]

    def test_read_the_flags_of_an_invoice(self, office: Office) -> None:
        warned, red = office.confirmed(f"{ROWS[0]},yes", f"{ROWS[1]},no", header=FLAGGED)
        mark_red_lettered(office.session, red, reason="returned", actor=MAKER, clock=office.clock)
        first, second = check(office, [warned, red])
        assert (first.verdict, first.eligible) == (Verdict.WARN, cny("1000.00"))
        assert [result.rule for result in second.failed] == ["not_red_lettered"]

    @pytest.mark.parametrize("reversed_", [False, True])
    def test_know_affiliates_whichever_way_they_were_noted(self, office: Office, reversed_: bool) -> None:
        (receivable,) = office.confirmed(ROWS[0])
        pair = (office.seller, office.debtors["D1"])
        one, other = pair[::-1] if reversed_ else pair
        relate(office.session, one, other, RelationKind.AFFILIATE, actor=MAKER, clock=office.clock)
        assert failed(office, receivable) == ["no_affiliate"]

    def test_know_a_head_and_its_branch(self, office: Office) -> None:
        tax_id = f"4{office.session.tenant_id}"
        new = NewParty(
            kind=PartyKind.DEBTOR, name="Shop", code="SHOP", tax_id=tax_id, country="DE", parent_id=office.seller
        )
        office.debtors["SHOP"] = register_party(office.session, new, actor=MAKER, clock=office.clock).id
        (receivable,) = office.confirmed("SHOP,INV-1,2026-01-05,2026-03-27,1000.00", debtor="SHOP")
        assert failed(office, receivable) == ["no_affiliate"]

    def test_take_no_guarantor_for_an_affiliate(self, office: Office) -> None:
        (receivable,) = office.confirmed(ROWS[0])
        relate(
            office.session,
            office.debtors["D1"],
            office.seller,
            RelationKind.GUARANTOR,
            actor=MAKER,
            clock=office.clock,
        )
        assert failed(office, receivable) == []

    def test_know_affiliates_noted_under_another_part_of_the_firm(self, office: Office) -> None:
        (receivable,) = office.confirmed(ROWS[0])
        tax_id = f"1{office.session.tenant_id}"
        new = NewParty(kind=PartyKind.HQ, name="Seller", code="H", tax_id=tax_id, country="DE")
        head = register_party(office.session, new, actor=MAKER, clock=office.clock)
        relate(office.session, head.id, office.debtors["D1"], RelationKind.AFFILIATE, actor=MAKER, clock=office.clock)
        assert failed(office, receivable) == ["no_affiliate"]

    def test_set_off_what_the_seller_owes_its_debtor_against_the_earliest_due(self, office: Office) -> None:
        ids = office.confirmed(*ROWS)
        owes_back(office, "1200.00")
        # 1,200 stand against 1,000 due in March, and the rest, 200, against 500 due in April: 300 remain
        first, second = check(office, ids)
        assert [result.rule for result in first.failed] == ["less_contra"]
        assert (second.verdict, second.eligible) == (Verdict.WARN, cny("300.00"))
        # Checked alone, the later one gives up no more than together with the other.
        assert check(office, ids[1:])[0].eligible == cny("300.00")

    def test_measure_the_tenor_by_the_policy_they_name(self, office: Office) -> None:
        ids = office.confirmed(*ROWS)
        policy = EligibilityPolicy(version="short", max_tenor_days=30)
        found = check(office, ids, policy)
        # from 2 March: 25 days to 27 March, 56 to 27 April
        assert [each.verdict for each in found] == [Verdict.PASS, Verdict.FAIL]
        (kept,) = eligibility_checks(office.session, ids[1], limit=5)
        assert kept.policy_version == "short"
        (result,) = [each for each in kept.results if each["rule"] == "within_tenor"]
        assert result["inputs"] == {"tenor_days": 56, "limit_days": 30}

    def test_are_kept_latest_first_and_can_be_neither_changed_nor_deleted(self, office: Office) -> None:
        (receivable,) = office.confirmed(ROWS[0])
        check(office, [receivable])
        office.on(date(2026, 3, 3))
        check(office, [receivable])
        kept = eligibility_checks(office.session, receivable, limit=5)
        assert [each.checked_on for each in kept] == [date(2026, 3, 3), date(2026, 3, 2)]
        assert (kept[0].verdict, kept[0].eligible_minor, len(kept[0].results)) == (Verdict.PASS, 100_000, 11)
        for right in ("UPDATE", "DELETE"):
            held = text(f"SELECT has_table_privilege('tributary_worker', 'eligibility_check', '{right}')")
            assert office.session.execute(held).scalar_one() is False

    def test_do_not_know_a_receivable_of_nobody(self, office: Office) -> None:
        with pytest.raises(NotFound):
            check(office, [office.seller])


class TestRequirement:
    def test_names_the_failed_rules_and_their_figures(self, office: Office) -> None:
        good, late = office.confirmed(ROWS[0], "D1,INV-3,2025-09-01,2025-11-27,10.00")
        # 27 Nov 2025 to 2 Mar 2026: 95 days
        with pytest.raises(NotEligible, match=r"not_over_age \(days_late 95, limit_days 90\)") as refused:
            require_eligible(office.session, [good, late], clock=office.clock)
        assert refused.value.facts["count"] == 1
