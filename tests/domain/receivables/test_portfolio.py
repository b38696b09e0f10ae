"""Portfolios from the database: the worked borrowing base (R20), and ageing as of any date."""

from datetime import date
from decimal import Decimal

from sqlmodel import select

from domain.parties.relations import relate
from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind, RelationKind
from domain.receivables.borrowing import BasePolicy, Exclusion
from domain.receivables.disputes import dispute_receivable
from domain.receivables.portfolio import Bucket, Side, ageing, base_of
from domain.receivables.service import mark_red_lettered
from domain.receivables.tables import Receivable
from domain.values.money import Money
from tests.domain.receivables.conftest import CHECKER, MAKER, Office
from tests.domain.receivables.test_checks import owes_back

TODAY = date(2026, 3, 2)
POLICY = BasePolicy(advance_rate=Decimal("0.85"), concentration_cap=Decimal("0.5"))
B = Bucket


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


class TestBorrowingBase:
    def furnish(self, office: Office) -> None:
        """The portfolio of the worked number: 1,000,000.00 on five debtors."""
        salt = office.session.tenant_id
        new = [
            NewParty(kind=PartyKind.DEBTOR, name=code, code=code, tax_id=f"{place}X{salt}", country="DE")
            for place, code in enumerate(("LATE", "HALF", "KIN", "REST"))
        ]
        firms = {
            party.code: party.id for party in register_parties(office.session, new, actor=MAKER, clock=office.clock)
        }
        office.debtors |= firms
        relate(office.session, office.seller, firms["KIN"], RelationKind.AFFILIATE, actor=MAKER, clock=office.clock)
        # 1 Dec 2025 is 91 days before 2 Mar 2026
        office.confirmed("LATE,1,2025-09-01,2025-12-01,60000.00", debtor="LATE")
        office.confirmed(
            "HALF,2,2025-09-01,2025-12-01,120000.00", "HALF,3,2026-01-05,2026-03-27,120000.00", debtor="HALF"
        )
        office.confirmed("D1,4,2026-01-05,2026-03-27,450000.00")
        owes_back(office, "50000.00")
        office.confirmed("KIN,5,2026-01-05,2026-03-27,100000.00", debtor="KIN")
        office.confirmed("REST,6,2026-01-05,2026-03-27,150000.00", debtor="REST")

    def test_follows_the_worked_number(self, office: Office) -> None:
        self.furnish(office)
        base = base_of(office.session, policy=POLICY, currency="CNY", on=TODAY, seller_id=office.seller)
        # 1,000,000 − 180,000 − 120,000 − 50,000 − 100,000 = 550,000; − 125,000; × 85 % = 361,250.00   (R20)
        assert base.gross == cny("1000000.00")
        assert [base.removed(reason) for reason in Exclusion] == [
            cny("180000.00"),
            cny("120000.00"),
            cny("50000.00"),
            cny("100000.00"),
            cny("125000.00"),
        ]
        assert base.available == cny("361250.00")
        assert {each.debtor_id for each in base.excluded if each.reason is Exclusion.AFFILIATE} == {
            office.debtors["KIN"]
        }

    def test_is_that_of_a_date(self, office: Office) -> None:
        self.furnish(office)
        base = base_of(office.session, policy=POLICY, currency="CNY", on=date(2026, 3, 1), seller_id=office.seller)
        # a day earlier the same two invoices are 90 days late: not over-age
        assert base.removed(Exclusion.OVER_AGE) == cny("0.00")

    def test_is_that_of_a_set_of_receivables_or_of_a_select(self, office: Office) -> None:
        ids = office.confirmed("D1,1,2026-01-05,2026-03-27,100.00", "D1,2,2026-01-05,2026-03-27,50.00")
        whole = BasePolicy(advance_rate=Decimal(1), concentration_cap=Decimal(1))
        chosen = select(Receivable.id).where(Receivable.tenant_id == office.session.tenant_id, Receivable.id == ids[1])
        for among, gross in ((ids[:1], "100.00"), (chosen, "50.00")):
            base = base_of(office.session, policy=whole, currency="CNY", on=TODAY, among=among)
            assert base.available == cny(gross)

    def test_counts_neither_disputed_nor_unconfirmed_nor_red_lettered_balances(self, office: Office) -> None:
        disputed, counted = office.confirmed("D1,1,2026-01-05,2026-03-27,100.00", "D1,2,2026-01-05,2026-03-27,50.00")
        dispute_receivable(office.session, disputed, reason="late", actor=CHECKER, clock=office.clock)
        office.verified("D1,3,2026-01-05,2026-03-27,70.00")
        (red,) = office.confirmed("D1,4,2026-01-05,2026-03-27,20.00")
        mark_red_lettered(office.session, red, reason="returned", actor=CHECKER, clock=office.clock)
        base = base_of(office.session, policy=POLICY, currency="CNY", on=TODAY)
        assert base.gross == cny("50.00") == office.found(counted).unpaid


class TestAgeing:
    def test_puts_every_balance_where_its_lateness_belongs(self, office: Office) -> None:
        for place, due_on in enumerate(
            [
                "2026-03-02",
                "2026-03-01",
                "2026-01-31",
                "2026-01-30",
                "2026-01-01",
                "2025-12-31",
                "2025-12-02",
                "2025-12-01",
            ]
        ):
            office.confirmed(f"D1,{place},2025-09-01,{due_on},{10**place}.00")
        (aged,) = ageing(office.session, by=Side.DEBTOR, currency="CNY", on=TODAY, limit=10)
        # days late: 0 | 1, 30 | 31, 60 | 61, 90 | 91
        assert aged.buckets == {
            B.NOT_DUE: cny("1.00"),
            B.DAYS_1_30: cny("110.00"),
            B.DAYS_31_60: cny("11000.00"),
            B.DAYS_61_90: cny("1100000.00"),
            B.OVER_90: cny("10000000.00"),
        }
        assert (aged.party_id, aged.total) == (office.debtors["D1"], cny("11111111.00"))

    def test_is_that_of_a_date(self, office: Office) -> None:
        office.confirmed("D1,1,2026-01-05,2026-03-27,100.00")
        for on, bucket in ((date(2026, 3, 27), B.NOT_DUE), (date(2026, 3, 28), B.DAYS_1_30)):
            (aged,) = ageing(office.session, by=Side.DEBTOR, currency="CNY", on=on, limit=10)
            assert aged.buckets[bucket] == cny("100.00")
        assert ageing(office.session, by=Side.DEBTOR, currency="CNY", on=date(2026, 1, 4), limit=10) == []

    def test_adds_up_by_seller_or_by_debtor_page_by_page(self, office: Office) -> None:
        office.confirmed("D1,1,2026-01-05,2026-03-27,100.00")
        office.confirmed("D2,2,2026-01-05,2026-03-27,50.00", debtor="D2")
        (seller,) = ageing(office.session, by=Side.SELLER, currency="CNY", on=TODAY, limit=10)
        assert (seller.party_id, seller.total) == (office.seller, cny("150.00"))
        (first,) = ageing(office.session, by=Side.DEBTOR, currency="CNY", on=TODAY, limit=1)
        (second,) = ageing(office.session, by=Side.DEBTOR, currency="CNY", on=TODAY, after=first.party_id, limit=1)
        assert first.total + second.total == cny("150.00")

    def test_keeps_disputed_balances_and_leaves_out_what_nobody_confirmed(self, office: Office) -> None:
        (disputed,) = office.confirmed("D1,1,2026-01-05,2026-03-27,100.00")
        dispute_receivable(office.session, disputed, reason="late", actor=CHECKER, clock=office.clock)
        office.verified("D1,2,2026-01-05,2026-03-27,70.00")
        (aged,) = ageing(office.session, by=Side.DEBTOR, currency="CNY", on=TODAY, limit=10)
        assert aged.total == cny("100.00")
