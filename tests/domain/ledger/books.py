"""A small set of books: post, fund and look without ceremony."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posted, Posting, Resolution
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.money import Money

MONDAY = date(2026, 3, 2)


@dataclass
class Books:
    """The test's tenant with its usual accounts."""

    session: TenantSession
    actor: Actor
    clock: FixedClock

    suspense = AccountRef(AccountKind.SUSPENSE, "CNY")
    header = AccountRef(AccountKind.WALLET, "CNY", UUID(int=99))

    @staticmethod
    def wallet(number: int) -> AccountRef:
        return AccountRef(AccountKind.WALLET, "CNY", UUID(int=number))

    @staticmethod
    def cny(amount: str) -> Money:
        return Money.of(amount, "CNY")

    def posting(self, key: str, *legs: Leg | Resolution, on: date = MONDAY) -> Posting:
        return Posting(key, "test.moved", "test", on, legs, {"rule": "R2"})

    def post(self, key: str, *legs: Leg | Resolution, on: date = MONDAY) -> Posted:
        return ledger.post(self.session, self.posting(key, *legs, on=on), actor=self.actor, clock=self.clock)

    def fund(self, account: AccountRef, amount: str, on: date = MONDAY) -> None:
        self.post(f"fund {account} {amount} {on}", Leg(self.suspense, account, self.cny(amount)), on=on)

    def posted(self, account: AccountRef, as_of: date | None = None) -> str:
        return str(ledger.balance(self.session, account, as_of=as_of).posted.amount)

    def available(self, account: AccountRef) -> str:
        return str(ledger.balance(self.session, account).available.amount)

    def rows(self, table: str) -> int:
        wanted = text(f"SELECT count(*) FROM {table} WHERE tenant_id = :tenant")
        return int(self.session.execute(wanted, {"tenant": self.session.tenant_id}).scalar_one())
