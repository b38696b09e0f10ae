"""What reconciliation keeps: opening balances taken over, and how cash agreed day by day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from domain.platform.tables import TenantRow, belongs_to, text_enum
from domain.reconciliation.states import Basis


class OpeningBalance(TenantRow, table=True):
    """That an account's first statement was taken over: what it held before our books began, once."""

    __tablename__ = "opening_balance"
    __table_args__ = (
        belongs_to("bank_account", "account_id"),
        belongs_to("statement", "statement_id"),
        {"info": {"append_only": True}},
    )

    account_id: UUID = Field(primary_key=True)
    statement_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    recorded_at: datetime


class CashAgreed(TenantRow, table=True):
    """The books against the bank for one own account and day; the last look at that day stays."""

    __tablename__ = "cash_agreement"
    __table_args__ = (
        belongs_to("bank_account", "account_id"),
        belongs_to("statement", "statement_id"),
        Index("ix_cash_agreement_differs", "tenant_id", "on", postgresql_where=text("difference_minor <> 0")),
    )

    on: date = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    currency: str = Field(max_length=3)
    statement_id: UUID
    stated_on: date
    basis: Basis = Field(sa_type=text_enum(Basis, "basis"))
    ledger_minor: int = Field(sa_type=BigInteger)
    bank_minor: int = Field(sa_type=BigInteger)
    difference_minor: int = Field(sa_type=BigInteger)
    on_statement_only_minor: int = Field(sa_type=BigInteger)
    in_books_only_minor: int = Field(sa_type=BigInteger)
    unmatched: int
    in_suspense: int
    agreed_at: datetime
