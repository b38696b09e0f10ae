"""A seller and two debtors, each with a tax id that no other test has."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest

from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.receivables.columns import ColumnMap
from domain.receivables.evidence import Document
from domain.receivables.imports import ImportReport, import_invoices
from domain.receivables.queries import receivable
from domain.receivables.service import (
    DebtorAnswer,
    propose_confirmation,
    sign_confirmation,
    submit_import,
    verify_receivables,
)
from domain.receivables.tables import Confirmation, Receivable
from domain.values.actor import Actor, ActorKind

MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")
HEADER = "debtor,invoice number,issue date,due date,amount\n"


@dataclass
class Office:
    """The seller's office, with its files."""

    session: TenantSession
    clock: FixedClock
    seller: UUID
    debtors: dict[str, UUID]

    def bring(self, content: str | bytes, columns: ColumnMap | None = None) -> ImportReport:
        """Import a file as the seller's maker."""
        return import_invoices(
            self.session,
            content=content.encode() if isinstance(content, str) else content,
            file_name="invoices.csv",
            currency="CNY",
            seller_id=self.seller,
            columns=columns,
            actor=MAKER,
            clock=self.clock,
        )

    def on(self, day: date) -> "Office":
        """Noon of that day in Beijing."""
        self.clock = FixedClock(datetime.combine(day, time(4), UTC))
        return self

    def verified(self, *rows: str, header: str = HEADER) -> list[UUID]:
        """Verified receivables of the rows of a file."""
        report = self.bring(header + "".join(f"{row}\n" for row in rows))
        assert not report.refused, report.refused
        submit_import(self.session, report.import_id, actor=CHECKER, clock=self.clock)
        verification = verify_receivables(self.session, report.receivable_ids, clock=self.clock)
        assert not verification.held
        return verification.verified

    def propose(self, *answers: DebtorAnswer, debtor: str = "D1", document: Document | None = None) -> Confirmation:
        """Answers of a debtor's maker."""
        return propose_confirmation(
            self.session,
            debtor_id=self.debtors[debtor],
            answers=answers,
            actor=MAKER,
            clock=self.clock,
            document=document,
        )

    def sign(self, confirmation: Confirmation) -> None:
        """The debtor's checker signs."""
        sign_confirmation(self.session, confirmation.id, actor=CHECKER, clock=self.clock)

    def confirmed(self, *rows: str, header: str = HEADER, debtor: str = "D1") -> list[UUID]:
        """Receivables of one debtor that it has signed for."""
        ids = self.verified(*rows, header=header)
        self.sign(self.propose(*(DebtorAnswer(each) for each in ids), debtor=debtor))
        return ids

    def found(self, receivable_id: UUID) -> Receivable:
        """The receivable as the database has it."""
        self.session.flush()
        self.session.expire_all()
        return receivable(self.session, receivable_id)


def office_of(session: TenantSession, clock: FixedClock, salt: int) -> Office:
    """An office whose firms have tax ids made of `salt`: the same firms for two tenants, if they share it."""
    new = [
        NewParty(kind=PartyKind.SUPPLIER, name="Seller", code="S1", tax_id=f"1{salt}", country="DE"),
        NewParty(kind=PartyKind.DEBTOR, name="First debtor", code="D1", tax_id=f"2{salt}", country="DE"),
        NewParty(kind=PartyKind.DEBTOR, name="Second debtor", code="D2", tax_id=f"3{salt}", country="DE"),
        NewParty(kind=PartyKind.DEBTOR, name="Nameless debtor", code="D3", country="DE"),
    ]
    seller, *debtors = register_parties(session, new, actor=MAKER, clock=clock)
    return Office(session, clock, seller.id, {debtor.code: debtor.id for debtor in debtors})


@pytest.fixture
def office(session: TenantSession, clock: FixedClock) -> Office:
    """An office of the test's tenant."""
    return office_of(session, clock, session.tenant_id)
