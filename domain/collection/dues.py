"""Dues on their way: what is to be debited on a day, what became of it, what is given up, cancelled, tried anew."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    Row,
    Select,
    String,
    TextClause,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.cash import in_transit
from domain.banking.outcomes import Outcome, relation
from domain.banking.states import HOLDS_OBLIGATION, Direction, Purpose, Verdict
from domain.banking.tables import Instruction
from domain.collection.errors import DuesMoved
from domain.collection.horizon import may_be_open
from domain.collection.states import COLLECTIBLE, DUE_TRANSITIONS, PRESENTABLE, ClientState, DueState
from domain.collection.tables import Client, Due, Mandate, Plan
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7, public_id
from domain.platform.transitions import move_all
from domain.values.actor import BANK, Actor, system
from domain.values.money import Money

PREFIX = "due"
GIVING_UP = system("dues")


def due_debits(session: TenantSession, on: date) -> Select[Any]:
    """What payers were told of and is to be debited by `on`, in the standard columns, with the mandate's purpose."""
    columns: tuple[Any, ...] = (
        literal(Direction.DEBIT.value).label("direction"),
        literal(Purpose.ENTRUSTED_COLLECTION.value).label("purpose"),
        func.concat("due:", col(Due.id), ":", col(Due.round)).label("obligation_key"),
        col(Due.amount_minor).label("amount_minor"),
        col(Due.currency).label("currency"),
        col(Client.own_account_id).label("own_account_id"),
        col(Mandate.account_id).label("counter_account_id"),
        col(Due.mandate_id).label("mandate_id"),
        col(Due.id).label("subject_id"),
        literal(on, Date).label("due_on"),
        col(Plan.reference).label("remittance"),
        cast(col(Client.purpose), String).label("mandate_purpose"),
    )
    return (
        select(*columns)
        .join_from(Due, Client, _same(Client, Due.client_id))
        .join(Plan, _same(Plan, Due.plan_id))
        .join(Mandate, _same(Mandate, Due.mandate_id))
        .where(
            col(Due.tenant_id) == session.tenant_id,
            col(Due.state).in_(COLLECTIBLE),
            col(Due.rolled_due_on) <= on,
            func.coalesce(col(Due.earliest_on), on) <= on,
            may_be_open(session),
            col(Client.state) == ClientState.ACTIVE,
        )
    )


def _same(table: Any, reference: Any) -> Any:  # noqa: ANN401 - the condition of a join
    return and_(col(table.tenant_id) == col(Due.tenant_id), col(table.id) == col(reference))


def amounts_due(session: TenantSession) -> Select[Any]:
    """(obligation_key, amount_minor): what each due comes to, whatever was collected; nothing once it is cancelled."""
    owed = case((col(Due.state) == DueState.CANCELLED, 0), else_=col(Due.amount_minor))
    return select(
        func.concat("due:", col(Due.id), ":", col(Due.round)).label("obligation_key"), owed.label("amount_minor")
    ).where(col(Due.tenant_id) == session.tenant_id)


def move_debits(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> list[Posting]:
    """Move the dues that the bank speaks of; returns what the caller books in the same transaction.

    Collected money is the client's, less the fee once it is paid out. What is taken back after it was paid out is
    claimed from the client.
    """
    session.flush()
    collected = _move(session, outcomes, Verdict.SETTLED, clock)
    # After the settlements: one batch of answers may bring a collection and its return.
    returned = _move(session, outcomes, Verdict.RETURNED, clock)
    if (refused := relation(outcomes, _PURPOSE, Verdict.REJECTED)) is not None:
        session.execute(_over(_REFUSED, refused.sql), {"tenant": session.tenant_id, **refused.binds})
    session.expire_all()
    return [*collected, *returned]


_PURPOSE = Purpose.ENTRUSTED_COLLECTION

# A due that is in no state to be collected stays there: the money is booked all the same.
_COLLECTED = """
    WITH told AS ({relation}), moved AS (
      UPDATE collection_due AS due
      SET state = CASE WHEN due.state = ANY(:sources) THEN CAST(:to AS text) ELSE due.state END,
          collected_on = told.said_on, failure_reason = '',
          fee_minor = least(due.amount_minor, client.fee_most_minor,
                            client.fee_minor + round(due.amount_minor * client.fee_bp / 10000)::bigint)
      FROM told, collection_client AS client
      WHERE due.tenant_id = :tenant AND due.id = told.subject_id
        AND client.tenant_id = :tenant AND client.id = due.client_id
      RETURNING told.*, client.party_id, {was} AS from_state)
    {recorded} {sums}
"""
# Paid out already: the client owes it. Either way the due stands open again.
_TAKEN_BACK = f"""
    WITH told AS ({{relation}}), claimed AS (
      INSERT INTO client_claim (tenant_id, id, created_at, client_id, due_id, amount_minor, currency, arose_on, paid_by)
      SELECT :tenant, {SQL_UUID7}, CAST(:now AS timestamptz), due.client_id, due.id, due.amount_minor, due.currency,
             told.said_on, due.payout_id
      FROM told JOIN collection_due AS due ON due.tenant_id = :tenant AND due.id = told.subject_id
      WHERE due.payout_id IS NOT NULL
    ), moved AS (
      UPDATE collection_due AS due
      SET state = CASE WHEN due.state = ANY(:sources) THEN CAST(:to AS text) ELSE due.state END,
          collected_on = NULL, fee_minor = 0, payout_id = NULL, failure_reason = coalesce(told.reason, ''),
          ordinary = false
      FROM told, collection_client AS client
      WHERE due.tenant_id = :tenant AND due.id = told.subject_id
        AND client.tenant_id = :tenant AND client.id = due.client_id
      RETURNING told.*, client.party_id, {{was}} AS from_state)
    {{recorded}} {{sums}}
"""
# Each due is told that it moved; of thousands at once their run is, with how many of them there were.
_RECORD = """, recorded AS (
      INSERT INTO state_transition (tenant_id, id, entity, entity_id, from_state, to_state, actor, reason,
                                    business_date, at)
      SELECT :tenant, {uuid7}, '{entity}', {whose}, from_state, CAST(:to AS text), CAST(:actor AS text), {reason},
             CAST(:today AS date), CAST(:now AS timestamptz)
      FROM moved WHERE from_state = ANY(:sources) {group})
"""
_RECORD_EACH = _RECORD.format(uuid7=SQL_UUID7, entity=Due.ENTITY, whose="subject_id", reason="''", group="")
_RECORD_TOGETHER = _RECORD.format(
    uuid7=SQL_UUID7,
    entity=f"{Due.ENTITY}_set",
    whose="run_id",
    reason="count(*)::text",
    group="GROUP BY run_id, from_state",
)
_SUMS = """
    SELECT said_on, own_account_id, party_id, currency, sum(amount_minor)::bigint AS minor, count(*) AS items,
           min(instruction_id) AS first, max(instruction_id) AS last
    FROM moved GROUP BY said_on, own_account_id, party_id, currency
    ORDER BY said_on, own_account_id, party_id
"""
_REFUSED = """
    UPDATE collection_due AS due SET failure_reason = coalesce(told.reason, '')
    FROM ({relation}) AS told WHERE due.tenant_id = :tenant AND due.id = told.subject_id
"""


# The state before the update: said by the update itself since PostgreSQL 18, before it by the row as it was.
_OLD = "old.state"
_LOOKED_UP = "(SELECT state FROM collection_due AS old WHERE old.tenant_id = :tenant AND old.id = due.id)"


@cache
def _over(template: str, relation_sql: str, recorded: str = "", was: str = "") -> TextClause:
    """A statement over outcomes, parsed once for each form they come in."""
    return text(template.format(relation=relation_sql, recorded=recorded, was=was, sums=_SUMS))


def _was(session: TenantSession) -> str:
    version = session.connection().dialect.server_version_info or ()
    return _OLD if version >= (18,) else _LOOKED_UP


def _move(session: TenantSession, outcomes: Sequence[Outcome], verdict: Verdict, clock: Clock) -> list[Posting]:
    """Move the dues: one posting for each client, account and value date, however many payers stand behind it."""
    told = relation(outcomes, _PURPOSE, verdict)
    if told is None:
        return []
    template, to = _BOOKED[verdict]
    binds = {
        "tenant": session.tenant_id,
        "now": clock.now(),
        "today": clock.today(),
        "actor": str(BANK),
        "to": to.value,
        "sources": [state.value for state, targets in DUE_TRANSITIONS.items() if to in targets],
        **told.binds,
    }
    recorded = _RECORD_TOGETHER if told.is_bulk else _RECORD_EACH
    sums = session.execute(_over(template, told.sql, recorded, _was(session)), binds)
    return [_posting(verdict, row) for row in sums]


_BOOKED = {Verdict.SETTLED: (_COLLECTED, DueState.COLLECTED), Verdict.RETURNED: (_TAKEN_BACK, DueState.RETURNED)}


def _posting(verdict: Verdict, moved: Row[Any]) -> Posting:
    total = Money.from_minor(moved.minor, moved.currency)
    transit = in_transit(moved.own_account_id, total.currency)
    funds = AccountRef(AccountKind.CLIENT_FUNDS, total.currency, moved.party_id)
    collected = verdict is Verdict.SETTLED
    # What is taken back the bank has taken, whether or not the client was paid meanwhile.
    leg = Leg(transit, funds, total) if collected else Leg(funds, transit, total, Mode.IMPOSED)
    return Posting(
        # An instruction comes to a verdict once, so the first of them makes the key unlike any other.
        key=f"entrusted:{verdict.value}:{moved.first}",
        event=f"dues.{'collected' if collected else 'returned'}",
        source=public_id("pty", moved.party_id),
        value_date=moved.said_on,
        legs=(leg,),
        explanation={"items": moved.items, "instructions": [str(moved.first), str(moved.last)]},
    )


_FAILED = text("""
    UPDATE collection_due SET failed_on = :on WHERE tenant_id = :tenant AND id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def give_up(session: TenantSession, ids: Collection[UUID], on: date, *, clock: Clock) -> int:
    """Note that no attempt is left for these dues; dunning begins. Returns how many."""
    if not ids:
        return 0
    session.execute(_FAILED, {"tenant": session.tenant_id, "ids": list(ids), "on": on})
    return move_all(session, Due, list(ids), DueState.FAILED, actor=GIVING_UP, clock=clock, reason="no attempt is left")


_ANEW = text("""
    UPDATE collection_due AS due
    SET round = due.round + 1, dunning_level = 0, failed_on = NULL, rolled_due_on = :debit_on, earliest_on = NULL,
        ordinary = false
    WHERE tenant_id = :tenant AND id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))

_TELL_ANEW = text("""
    INSERT INTO prenotice (tenant_id, due_id, round, sent_on, debit_on, amount_minor, at)
    SELECT :tenant, id, round, :today, rolled_due_on, amount_minor, :now FROM collection_due
    WHERE tenant_id = :tenant AND id = ANY(:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def present_anew(
    session: TenantSession, ids: Collection[UUID], *, debit_on: date, reason: str, actor: Actor, clock: Clock
) -> None:
    """Debit dues that failed, or that we gave back, once more on a day that payers were told of.

    Each is a new obligation. Raises DuesMoved.
    """
    chosen = sorted(set(ids))
    failed = select_rows(Due.id).where(
        Due.tenant_id == session.tenant_id, col(Due.id) == any_of(chosen), col(Due.state).in_(PRESENTABLE)
    )
    moved = move_all(session, Due, failed, DueState.NOTIFIED, actor=actor, clock=clock, reason=reason)
    if moved != len(chosen):
        raise DuesMoved(expected=len(chosen), moved=moved, target=DueState.NOTIFIED.value)
    binds = {"tenant": session.tenant_id, "ids": chosen}
    session.execute(_ANEW, binds | {"debit_on": debit_on})
    session.execute(_TELL_ANEW, binds | {"today": clock.today(), "now": clock.now()})
    session.expire_all()


def cancel_dues(session: TenantSession, ids: Collection[UUID], *, reason: str, actor: Actor, clock: Clock) -> None:
    """Give up dues that are not with the bank. Raises DuesMoved."""
    chosen = sorted(set(ids))
    at_the_bank = exists().where(
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.subject_id) == col(Due.id),
        col(Instruction.state).in_(HOLDS_OBLIGATION),
    )
    free = select_rows(Due.id).where(Due.tenant_id == session.tenant_id, col(Due.id) == any_of(chosen), ~at_the_bank)
    moved = move_all(session, Due, free, DueState.CANCELLED, actor=actor, clock=clock, reason=reason)
    if moved != len(chosen):
        raise DuesMoved(expected=len(chosen), moved=moved, target=DueState.CANCELLED.value)


def dues_of_plan(session: TenantSession, plan_id: UUID) -> list[Due]:
    """The dues of a plan, by day."""
    return list(
        session.exec(
            select_rows(Due).where(Due.tenant_id == session.tenant_id, Due.plan_id == plan_id).order_by(col(Due.due_on))
        )
    )
