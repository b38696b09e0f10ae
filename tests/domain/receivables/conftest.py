"""A seller and two debtors, each with a tax id that no other test has."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from domain.parties.service import NewParty, register_parties
from domain.parties.states import PartyKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.receivables.columns import ColumnMap
from domain.receivables.imports import ImportReport, import_invoices
from domain.values.actor import Actor, ActorKind

MAKER, CHECKER = Actor(ActorKind.PERSON, "maker"), Actor(ActorKind.PERSON, "checker")


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
