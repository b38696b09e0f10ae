"""A debt of an agent paid by somebody else's money: its deposit, or who answers for it (R27)."""

from uuid import UUID

from domain.financing.agents import queries
from domain.financing.agents.invoices import shares_of_lenders
from domain.financing.agents.remittances import Paid, note_collections, receive_remittances
from domain.financing.agents.standing import restate
from domain.financing.agents.states import RemittanceKind
from domain.financing.booking import book_facts
from domain.financing.events import EventKind
from domain.financing.facts import Fact
from domain.ledger import service as ledger
from domain.ledger.chart import AccountRef
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor
from domain.values.money import Money


def settle_debt(
    session: TenantSession,
    agent_id: UUID,
    amount: Money,
    *,
    cash: AccountRef,
    source: str,
    kind: RemittanceKind,
    actor: Actor,
    clock: Clock,
) -> None:
    """Pay `amount` of what an agent owes out of `cash`, earliest due first.

    Where a lender's advance stands on an invoice it repays the lender; otherwise it is the seller's.
    """
    ledger.lock_ledger(session)
    queries.lock_agent(session, agent_id)
    note_collections(session, [agent_id], clock=clock)
    shares = shares_of_lenders(session, agent_id, amount)
    facts = [
        Fact(
            advance_id=share.advance_id,
            kind=EventKind.RECEIVED,
            value_date=clock.today(),
            amount=share.amount,
            source=f"{source}:{share.advance_id}",
            cash=cash,
            reason=kind.value,
        )
        for share in shares
    ]
    book_facts(session, facts, actor=actor, clock=clock)
    note_collections(session, [agent_id], clock=clock, kind=kind)
    rest = amount - Money.total((share.amount for share in shares), amount.currency)
    if rest:
        paid = Paid(source, agent_id, rest, clock.today(), cash, kind)
        receive_remittances(session, [paid], actor=actor, clock=clock)
    restate(session, [agent_id], clock=clock)
