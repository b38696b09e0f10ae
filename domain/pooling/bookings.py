"""What the bank made of sweeps, in the books: a posting per proposal, wave and value date, its legs by one SELECT.

A sweep moves cash between two own accounts and makes a position between their owners: what a branch gave up, its
header owes it. Banking books the side of the own account against in transit; here the same amount leaves in transit
again, so that nothing is in transit after a record. Why a sweep has its amount is in its row: balance, raw amount, lot.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Select, any_, case, null, select, text, union_all
from sqlmodel import col

from domain.ledger import service as ledger
from domain.ledger.batch import Batch
from domain.ledger.bulk import MAX_ROWS
from domain.ledger.chart import AccountKind
from domain.ledger.errors import BatchRefused
from domain.ledger.posting import Mode
from domain.ledger.relations import accounts_of, open_for_owners
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.pooling.queries import PAYEE, PAYER, as_array
from domain.pooling.rules import SweepDirection
from domain.pooling.tables import Sweep
from domain.values.actor import BANK

PROPOSAL = "prp"
SWEEPS_PER_POSTING = MAX_ROWS // 2  # cash and position are a transfer each

FEW = 500  # sweeps whose accounts are sooner looked up than hashed


class Wave(NamedTuple):
    """Sweeps that are booked together; `collected` where the header debits the branch's account."""

    proposal_id: UUID
    wave: int
    value_date: date
    collected: bool
    currency: str


def book_executed(session: TenantSession, heard: Iterable[tuple[Wave, UUID]], *, clock: Clock) -> None:
    """The cash reaches the other side, and the position between branch and header moves by as much."""
    _book(session, heard, "executed", back=False, clock=clock)


def book_returned(session: TenantSession, heard: Iterable[tuple[Wave, UUID]], *, clock: Clock) -> None:
    """The bank took the cash back: the same turned around, covered or not, because it is a fact."""
    _book(session, heard, "returned", back=True, clock=clock)


def _book(session: TenantSession, heard: Iterable[tuple[Wave, UUID]], event: str, *, back: bool, clock: Clock) -> None:
    members: defaultdict[Wave, list[UUID]] = defaultdict(list)
    for wave, sweep_id in heard:
        members[wave].append(sweep_id)
    for wave in sorted(members):
        ids = sorted(members[wave], key=lambda each: each.int)
        for start in range(0, len(ids), SWEEPS_PER_POSTING):
            _post(session, wave, ids[start : start + SWEEPS_PER_POSTING], event, back=back, clock=clock)


def _post(session: TenantSession, wave: Wave, ids: Sequence[UUID], event: str, *, back: bool, clock: Clock) -> None:
    # Accounts opened a moment ago have no statistics: row by row, they are looked through once for each sweep. Few
    # sweeps are found by their index.
    session.execute(text(f"SET LOCAL enable_nestloop = {'off' if len(ids) > FEW else 'on'}"))
    source = public_id(PROPOSAL, wave.proposal_id)
    batch = Batch(
        # A sweep is executed once and returned once, so the first of them makes the key unlike any other.
        key=f"sweep:{ids[0]}:{event}",
        event=f"sweep.{event}",
        source=source,
        value_date=wave.value_date,
        currency=wave.currency,
        rows=_legs(session, wave, ids, back=back),
        explanation={"rule": "Sweeps", "proposal": source, "wave": wave.wave, "sweeps": len(ids)},
        # Whether an account covered what the bank has debited or taken back was for the bank to say.
        mode=Mode.IMPOSED if wave.collected or back else Mode.POSTED,
        plan_digest=sha256(b"".join(each.bytes for each in ids)).digest(),
    )
    try:
        ledger.post_rows(session, batch, actor=BANK, clock=clock)
    except BatchRefused:
        # Some lack an account on the first night they are swept; on all others looking for them would be a sixth of it.
        _open_accounts(session, wave, ids, clock=clock)
        ledger.post_rows(session, batch, actor=BANK, clock=clock)
    session.execute(text("SET LOCAL enable_nestloop = on"))


def _owners(wave: Wave) -> dict[AccountKind, Any]:
    """Whose accounts are moved: banking leaves us the payee's side of a transfer, the payer's of a collection."""
    cash, transit = (PAYER, PAYEE) if wave.collected else (PAYEE, PAYER)
    return {
        AccountKind.CASH_AT_BANK: cash,
        AccountKind.IN_TRANSIT: transit,
        AccountKind.IC_DUE_FROM_HEADER: col(Sweep.party_id),
        AccountKind.IC_DUE_TO_BRANCH: col(Sweep.party_id),
    }


def _chosen(session: TenantSession, ids: Sequence[UUID], *columns: Any) -> Select[Any]:  # noqa: ANN401
    return select(*columns).where(col(Sweep.tenant_id) == session.tenant_id, col(Sweep.id) == any_(as_array(ids)))


def _open_accounts(session: TenantSession, wave: Wave, ids: Sequence[UUID], *, clock: Clock) -> None:
    owners = _owners(wave)
    # One list of ids for all kinds: a hundred thousand of them take longer to be sent than to be found.
    columns = (owner.label(kind.value) for kind, owner in owners.items())
    chosen = _chosen(session, ids, *columns).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    wanted = {kind: select(chosen.c[kind.value].label("owner")).distinct() for kind in owners}
    open_for_owners(session, wanted, wave.currency, clock=clock)


def _legs(session: TenantSession, wave: Wave, ids: Sequence[UUID], *, back: bool) -> Select[Any]:
    """Debit, credit, amount, reference: for each sweep its cash and its position; None for an account not there yet."""
    owners = _owners(wave)
    known = {kind: accounts_of(session.tenant_id, kind, wave.currency) for kind in owners}
    chosen = _chosen(session, ids, col(Sweep.direction), col(Sweep.amount_minor))
    for kind, owner in owners.items():
        account = known[kind]
        chosen = chosen.outerjoin(account, account.c.owner == owner).add_columns(account.c.account_id.label(kind.value))
    sweep = chosen.cte("swept").prefix_with("MATERIALIZED", dialect="postgresql")
    cash, transit, due_from, due_to = (sweep.c[kind.value] for kind in owners)
    debit, credit = (cash, transit) if wave.collected is back else (transit, cash)
    # What goes up, the header owes; a return is the other way round.
    grows = sweep.c.direction == (SweepDirection.DOWN if back else SweepDirection.UP)
    position = case((grows, due_from), else_=due_to), case((grows, due_to), else_=due_from)
    arms = [
        select(one.label("debit"), other.label("credit"), sweep.c.amount_minor, null().cast(BigInteger))
        for one, other in ((debit, credit), position)
    ]
    legs = union_all(*arms).subquery("legs")
    return select(*legs.c)
