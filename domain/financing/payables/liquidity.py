"""How much of a buyer's own cash may pay early: read from its accounts in the ledger, not from pooling."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.banking.states import AT_THE_BANK, Purpose
from domain.banking.tables import Instruction
from domain.financing.payables.errors import LiquidityExceeded
from domain.financing.payables.rules import Liquidity
from domain.financing.payables.states import COMMITTED, EarlyPaymentState, PaymentKind
from domain.financing.payables.tables import EarlyPayment, Programme
from domain.ledger import service as ledger
from domain.parties.states import AccountState
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.money import Money

_NET = func.coalesce(func.sum(col(EarlyPayment.amount_minor) - col(EarlyPayment.discount_minor)), 0)


def cash_by_account(session: TenantSession, programme: Programme) -> dict[UUID, Money]:
    """What each of the payer's own accounts can spend: its balance less holds; the oldest account first."""
    accounts = session.scalars(
        select(col(BankAccount.id))
        .where(
            col(BankAccount.tenant_id) == session.tenant_id,
            col(BankAccount.party_id) == programme.payer_id,
            col(BankAccount.currency) == programme.currency,
            col(BankAccount.own).is_(True),
            col(BankAccount.state) == AccountState.VERIFIED,
        )
        .order_by(col(BankAccount.id))
    ).all()
    refs = {account_id: cash_at_bank(account_id, programme.currency) for account_id in accounts}
    balances = ledger.balances(session, refs.values())
    return {account_id: balances[ref].available for account_id, ref in refs.items()}


def unordered_cash(session: TenantSession, programme: Programme) -> dict[UUID, Money]:
    """What each own account can spend beyond the payments that are ordered from it and not yet at the bank."""
    cash = cash_by_account(session, programme)
    ordered = select(col(EarlyPayment.own_account_id), _NET).where(
        *_unheld(session, programme, (EarlyPaymentState.INSTRUCTED,))
    )
    for account_id, minor in session.execute(ordered.group_by(col(EarlyPayment.own_account_id))):
        if account_id in cash:
            cash[account_id] -= programme.money(int(minor))
    return cash


def liquidity(
    session: TenantSession,
    programme: Programme,
    *,
    clock: Clock,
    committed: tuple[EarlyPaymentState, ...] = COMMITTED,
) -> Liquidity:
    """What the payer's cash allows under a programme now, less payments in the states `committed`.

    Other programmes the same firm pays for share its idle cash.
    """
    return Liquidity(
        cash=Money.total(cash_by_account(session, programme).values(), programme.currency),
        committed=programme.money(_committed(session, programme, committed)),
        floor=programme.money(programme.liquidity_floor_minor),
        limit=programme.money(programme.own_cash_limit_minor),
        used=programme.money(_used(session, programme, clock)),
    )


def require_idle(needed: Money, free: Liquidity) -> None:
    """Raise LiquidityExceeded unless idle cash suffices.

    Orders are not held to the own-cash limit: what was accepted was within it, and what is due is owed anyway.
    """
    if free.idle < needed:
        raise LiquidityExceeded(needed=str(needed), idle=str(free.idle), floor=str(free.floor))


def _committed(session: TenantSession, programme: Programme, states: tuple[EarlyPaymentState, ...]) -> int:
    return int(session.execute(select(_NET).where(*_unheld(session, programme, states))).scalar_one())


def _unheld(
    session: TenantSession, programme: Programme, states: tuple[EarlyPaymentState, ...]
) -> tuple[ColumnElement[bool], ...]:
    """Payments under any programme of the payer that are not held at the bank: the balance has taken off those."""
    held = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == EarlyPayment.id,
        col(Instruction.purpose) == Purpose.EARLY_PAYMENT,
        col(Instruction.state).in_(AT_THE_BANK),
    )
    of_payer = select(col(Programme.id)).where(
        col(Programme.tenant_id) == session.tenant_id, col(Programme.payer_id) == programme.payer_id
    )
    return (
        col(EarlyPayment.tenant_id) == session.tenant_id,
        col(EarlyPayment.state).in_(states),
        col(EarlyPayment.currency) == programme.currency,
        col(EarlyPayment.programme_id).in_(of_payer),
        ~held,
    )


def _used(session: TenantSession, programme: Programme, clock: Clock) -> int:
    """What stands in invoices paid early under this programme, or will, until the day they are due."""
    early, state = col(EarlyPayment.kind) == PaymentKind.EARLY, col(EarlyPayment.state)
    standing = or_(state.in_(COMMITTED), (state == EarlyPaymentState.PAID) & (col(EarlyPayment.due_on) > clock.today()))
    total = select(_NET).where(
        col(EarlyPayment.tenant_id) == session.tenant_id,
        col(EarlyPayment.programme_id) == programme.id,
        early,
        standing,
    )
    return int(session.execute(total).scalar_one())
