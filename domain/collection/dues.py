"""Dues on their way: what is to be debited on a day, what became of it, what is given up, cancelled, tried anew."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, String, Uuid, and_, bindparam, case, cast, exists, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import HOLDS_OBLIGATION, Direction, Purpose, Verdict
from domain.banking.tables import Instruction
from domain.collection.errors import DuesMoved
from domain.collection.states import COLLECTIBLE, PRESENTABLE, ClientState, DueState
from domain.collection.tables import Client, Due, Mandate, Plan
from domain.ledger import service as ledger
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
    not_before = func.greatest(col(Due.rolled_due_on), col(Due.earliest_on))
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
            not_before <= on,
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


def book_debits(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """Book what the bank says of debits: collected money is the client's, less the fee once it is paid out.

    What is taken back after it was paid out is claimed from the client.
    """
    by_result = {verdict: [each for each in outcomes if each.result is verdict] for verdict in Verdict}
    _collect(session, by_result[Verdict.SETTLED], clock)
    # After the settlements: one batch of answers may bring a collection and its return.
    _take_back(session, by_result[Verdict.RETURNED], clock)
    _note_refusals(session, by_result[Verdict.REJECTED])


_COLLECTED = text("""
    UPDATE collection_due AS due
    SET collected_on = told.value_date, failure_reason = '',
        fee_minor = least(due.amount_minor, client.fee_most_minor,
                          client.fee_minor + round(due.amount_minor * client.fee_bp / 10000)::bigint)
    FROM unnest(:ids, :days) AS told (id, value_date), collection_client AS client
    WHERE due.tenant_id = :tenant AND due.id = told.id AND client.tenant_id = :tenant AND client.id = due.client_id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("days", type_=ARRAY(Date)))


def _collect(session: TenantSession, settled: Sequence[Outcome], clock: Clock) -> None:
    if not settled:
        return
    told = {"ids": [each.subject_id for each in settled], "days": [each.value_date for each in settled]}
    session.execute(_COLLECTED, {"tenant": session.tenant_id, **told})
    move_all(session, Due, told["ids"], DueState.COLLECTED, actor=BANK, clock=clock)
    _post(session, settled, clock)


# Paid out already: the client owes it. Either way the due stands open again.
_TAKEN_BACK = text(f"""
    WITH told AS (SELECT * FROM unnest(:ids, :days, :reasons) AS told (id, value_date, reason)),
    claimed AS (
      INSERT INTO client_claim (tenant_id, id, created_at, client_id, due_id, amount_minor, currency, arose_on, paid_by)
      SELECT :tenant, {SQL_UUID7}, :now, due.client_id, due.id, due.amount_minor, due.currency, told.value_date,
             due.payout_id
      FROM told JOIN collection_due AS due ON due.tenant_id = :tenant AND due.id = told.id
      WHERE due.payout_id IS NOT NULL
    )
    UPDATE collection_due AS due
    SET collected_on = NULL, fee_minor = 0, payout_id = NULL, failure_reason = coalesce(told.reason, '')
    FROM told WHERE due.tenant_id = :tenant AND due.id = told.id
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("reasons", type_=ARRAY(String)),
)


def _take_back(session: TenantSession, returned: Sequence[Outcome], clock: Clock) -> None:
    if not returned:
        return
    ids = [each.subject_id for each in returned]
    # Moved first: a collected due has its day, and loses it only once it is collected no more.
    move_all(session, Due, ids, DueState.RETURNED, actor=BANK, clock=clock, reason="returned")
    told = {
        "ids": ids,
        "days": [each.value_date for each in returned],
        "reasons": [each.reason for each in returned],
    }
    session.execute(_TAKEN_BACK, {"tenant": session.tenant_id, "now": clock.now(), **told})
    _post(session, returned, clock)


_REFUSED = text("""
    UPDATE collection_due AS due SET failure_reason = coalesce(told.reason, '')
    FROM unnest(:ids, :reasons) AS told (id, reason)
    WHERE due.tenant_id = :tenant AND due.id = told.id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("reasons", type_=ARRAY(String)))


def _note_refusals(session: TenantSession, refused: Sequence[Outcome]) -> None:
    if refused:
        told = {"ids": [each.subject_id for each in refused], "reasons": [each.reason for each in refused]}
        session.execute(_REFUSED, {"tenant": session.tenant_id, **told})
        session.expire_all()


def _post(session: TenantSession, moved: Sequence[Outcome], clock: Clock) -> None:
    """One leg for each client, account and value date, however many payers stand behind it."""
    clients = _clients(session, [each.subject_id for each in moved])

    def event(outcome: Outcome) -> tuple[date, str, UUID, UUID]:
        return outcome.value_date, outcome.result.value, outcome.own_account_id, clients[outcome.subject_id]

    ordered = sorted(moved, key=lambda each: (*map(str, event(each)), each.instruction_id))
    ledger.post_all(
        session,
        [_posting(client_id, list(members)) for (_, _, _, client_id), members in groupby(ordered, key=event)],
        actor=BANK,
        clock=clock,
    )
    session.expire_all()


def _clients(session: TenantSession, due_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The firm each due is collected for."""
    found = session.execute(
        select(col(Due.id), col(Client.party_id))
        .join(Client, _same(Client, Due.client_id))
        .where(col(Due.tenant_id) == session.tenant_id, col(Due.id) == any_of(due_ids))
    )
    return {row.id: row.party_id for row in found}


def _posting(client_party_id: UUID, moved: Sequence[Outcome]) -> Posting:
    first = moved[0]
    total = Money.total((each.amount for each in moved), first.amount.currency)
    transit = in_transit(first.own_account_id, total.currency)
    funds = AccountRef(AccountKind.CLIENT_FUNDS, total.currency, client_party_id)
    collected = first.result is Verdict.SETTLED
    # What is taken back the bank has taken, whether or not the client was paid meanwhile.
    leg = Leg(transit, funds, total) if collected else Leg(funds, transit, total, Mode.IMPOSED)
    return Posting(
        # An instruction comes to a verdict once, so the first of them makes the key unlike any other.
        key=f"entrusted:{first.result.value}:{first.instruction_id}",
        event=f"dues.{'collected' if collected else 'returned'}",
        source=public_id("pty", client_party_id),
        value_date=first.value_date,
        legs=(leg,),
        explanation={
            "items": len(moved),
            "instructions": [str(moved[0].instruction_id), str(moved[-1].instruction_id)],
        },
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
    SET round = due.round + 1, dunning_level = 0, failed_on = NULL, rolled_due_on = :debit_on, earliest_on = NULL
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
