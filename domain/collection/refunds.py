"""What goes back to a payer: the due of which all went back by our doing, and what a refund in part is taken from.

A refund in part comes out of what is held for the client, as far as no payout is planned of it, and is a claim on the
client: its next payout is that much less. The due stays collected until the last part of it went back. Then it is what
it would be after one refund of the whole: nothing is left of it to earn a fee for, and the parts are claimed no more.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from domain.banking.tables import Instruction
from domain.collection.errors import RefundNotCovered
from domain.collection.states import COLLECTIBLE, DueState, PayoutState
from domain.collection.tables import Client, ClientClaim, ClientPayout, Due
from domain.ledger.balances import balance
from domain.ledger.chart import AccountKind, AccountRef
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move_all
from domain.values.actor import system
from domain.values.money import Money

GIVING_BACK = system("corrections")


def note_given_back(session: TenantSession, ids: Collection[UUID], *, clock: Clock) -> int:
    """Of these dues nothing is left, by our doing: nobody is reminded or debited until a person says so.

    What was collected was booked as returned before. Returns how many moved.
    """
    open_again = select(Due.id).where(
        Due.tenant_id == session.tenant_id, col(Due.id) == any_of(ids), col(Due.state).in_(COLLECTIBLE)
    )
    reason = "given back by us"
    return move_all(session, Due, open_again, DueState.GIVEN_BACK, actor=GIVING_BACK, clock=clock, reason=reason)


def refund_funds(session: TenantSession, instruction: Instruction) -> AccountRef:
    """What is held for the client of the due that was debited."""
    _, client = _due_and_client(session, instruction)
    return _funds(client)


def reserve_refund(session: TenantSession, instruction: Instruction, amount: Money, *, clock: Clock) -> None:
    """Claim from the client what a payer is to get back. Raises RefundNotCovered."""
    due, client = _due_and_client(session, instruction)
    # Payouts are planned under the same lock: one would pay out what the other takes.
    session.refresh(client, with_for_update=True)
    free = balance(session, _funds(client)).posted - _planned(session, client)
    if free < amount:
        raise RefundNotCovered(client=client.public_id, free=free, amount=amount)
    _claim(session, due, client, amount.minor, clock)


def release_refund(session: TenantSession, instruction: Instruction, amount: Money, *, clock: Clock) -> None:
    """The refund did not come about, or the whole went back: what was claimed is the client's, recovered or not."""
    due, client = _due_and_client(session, instruction)
    _claim(session, due, client, -amount.minor, clock)


def _due_and_client(session: TenantSession, instruction: Instruction) -> tuple[Due, Client]:
    due = session.get_one(Due, (session.tenant_id, instruction.subject_id))
    return due, session.get_one(Client, (session.tenant_id, due.client_id))


def _funds(client: Client) -> AccountRef:
    return AccountRef(AccountKind.CLIENT_FUNDS, client.currency, client.party_id)


def _planned(session: TenantSession, client: Client) -> Money:
    """What planned payouts will take out of the client's funds."""
    total = session.exec(
        select(func.coalesce(func.sum(col(ClientPayout.gross_minor) - col(ClientPayout.recovered_minor)), 0)).where(
            ClientPayout.tenant_id == session.tenant_id,
            ClientPayout.client_id == client.id,
            ClientPayout.state == PayoutState.PLANNED,
        )
    ).one()
    return Money.from_minor(int(total), client.currency)


def _claim(session: TenantSession, due: Due, client: Client, minor: int, clock: Clock) -> None:
    claim = ClientClaim(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        client_id=client.id,
        due_id=due.id,
        amount_minor=minor,
        currency=client.currency,
        arose_on=clock.today(),
    )
    session.add(claim)
    session.flush()
