"""Statement entries without an instruction of ours: read for whoever may recognise them, and closed by kind."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.banking.entries import close_entries
from domain.banking.states import EntryDirection, EntryState
from domain.banking.tables import StatementEntry
from domain.ledger.chart import AccountRef
from domain.ledger.posting import Leg, Mode
from domain.platform.database import TenantSession
from domain.values.money import Money

_TABLE = StatementEntry.__table__  # type: ignore[attr-defined]


def open_entries(session: TenantSession) -> Sequence[Row[Any]]:
    """Entries that name no instruction of ours and are nothing yet, oldest first, as plain rows."""
    found = select(*_TABLE.c).where(
        _TABLE.c.tenant_id == session.tenant_id,
        _TABLE.c.state == EntryState.IMPORTED,
        _TABLE.c.claimed_instruction_id.is_(None),
    )
    return session.execute(found.order_by(_TABLE.c.id)).all()


def entries_by_id(session: TenantSession, ids: Collection[int]) -> Sequence[Row[Any]]:
    """These entries, oldest first, as plain rows."""
    wanted = any_(literal(list(ids), ARRAY(BigInteger)))
    found = select(*_TABLE.c).where(_TABLE.c.tenant_id == session.tenant_id, _TABLE.c.id == wanted)
    return session.execute(found.order_by(_TABLE.c.id)).all()


def lock_entry(session: TenantSession, entry_id: int) -> StatementEntry | None:
    """One entry, locked until commit."""
    return session.scalars(
        select(StatementEntry)
        .where(col(StatementEntry.tenant_id) == session.tenant_id, col(StatementEntry.id) == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def close_by_reason(session: TenantSession, reasons: Mapping[int, str], to: EntryState) -> int:
    """Bring entries to `to`, each for its reason; returns how many came."""
    by_reason: dict[str, list[int]] = {}
    for entry_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(entry_id)
    return sum(close_entries(session, ids, to, reason=reason) for reason, ids in sorted(by_reason.items()))


def amount_of(entry: Any) -> Money:  # noqa: ANN401 - a row of statement entries
    """What was booked, without its sign."""
    return Money.from_minor(entry.amount_minor, entry.currency)


def cash_leg(entry: Any, other: AccountRef) -> Leg:  # noqa: ANN401 - a row of statement entries
    """The entry against another account, as the bank has booked it, covered or not."""
    cash = cash_at_bank(entry.account_id, entry.currency)
    if entry.direction == EntryDirection.CREDIT:
        return Leg(cash, other, amount_of(entry), Mode.IMPOSED)
    return Leg(other, cash, amount_of(entry), Mode.IMPOSED)
