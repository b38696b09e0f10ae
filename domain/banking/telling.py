"""The bank's word brought to its instructions: a statement per verdict moves those whose state allows it.

Two temporary tables of the connection carry a batch: `bank_said`, the lines as read, and `bank_told`, the instructions
that a line has moved, as they are now. Whoever moves items holds the lock of their messages.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CursorResult, Date, String, TextClause, Uuid, bindparam, text

from domain.banking import queries
from domain.banking.outcomes import ORDER
from domain.banking.states import RELEASES_OBLIGATION, InstructionState, Verdict
from domain.platform.database import TenantSession

_TARGETS = {
    Verdict.ACCEPTED: InstructionState.ACCEPTED,
    Verdict.SETTLED: InstructionState.SETTLED,
    Verdict.REJECTED: InstructionState.REJECTED,
    Verdict.RETURNED: InstructionState.RETURNED,
}
_CHANGES = {
    Verdict.ACCEPTED: "",
    Verdict.SETTLED: ", value_date = {said_on}, final_on = {said_on} + message.window_days",
    Verdict.REJECTED: ", reason = said.reason",
    Verdict.RETURNED: ", reason = said.reason",
}
_SAID_ON = "coalesce(said.value_date, greatest(item.due_on, :today))"

# Made once for a connection and emptied by every commit; rows and plans of it are nobody else's.
_TABLES = text("""
    CREATE TEMPORARY TABLE IF NOT EXISTS bank_said (
      answer_id uuid, position integer, instruction_id bigint, end_to_end_id text, message_id uuid, account_id uuid,
      verdict text, amount_minor bigint, currency text, reason text, value_date date) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS bank_told (
      verdict text, answer_id uuid, position integer, said_on date, instruction_id bigint, message_id uuid,
      direction text, purpose text, subject_id uuid, own_account_id uuid, counter_account_id uuid, amount_minor bigint,
      currency text, reason text, mandate_id uuid, attempt integer, obligation_key text, run_id uuid, final_on date)
      ON COMMIT DELETE ROWS;
    DELETE FROM pg_temp.bank_said;
    DELETE FROM pg_temp.bank_told
""")

# Of several lines that say the same of an instruction, the one told first; its message, account and amount must fit.
_MOVE = """
    WITH said AS (
      SELECT DISTINCT ON (instruction_id) * FROM {lines} AS line
      WHERE line.verdict = :verdict ORDER BY instruction_id, answer_id, position
    ), message AS MATERIALIZED ( -- few: looked up in their table, each of a million items would ask for its own
      SELECT id, window_days FROM bank_message WHERE tenant_id = :tenant AND id = ANY(:locked)
    ), moved AS (
      UPDATE instruction AS item SET state = :to, released = :released {changes}
      FROM said, message
      WHERE item.tenant_id = :tenant AND item.id = said.instruction_id AND item.id BETWEEN :lowest AND :highest
        AND message.id = item.message_id
        AND item.state = ANY(:sources)
        AND (said.message_id IS NULL OR said.message_id = item.message_id)
        AND (said.account_id IS NULL OR said.account_id = item.own_account_id)
        AND (said.amount_minor IS NULL OR said.amount_minor = item.amount_minor)
        AND (said.currency IS NULL OR said.currency = item.currency)
      RETURNING CAST(:verdict AS text), said.answer_id, said.position, {said_on}, item.id, item.message_id,
                item.direction, item.purpose, item.subject_id, item.own_account_id, item.counter_account_id,
                item.amount_minor, item.currency, item.reason, item.mandate_id, item.attempt, item.obligation_key,
                item.run_id, item.final_on
    )
    INSERT INTO pg_temp.bank_told SELECT * FROM moved
"""
_BINDS = (
    bindparam("sources", type_=ARRAY(String)),
    bindparam("locked", type_=ARRAY(Uuid)),
    bindparam("today", type_=Date),
    bindparam("lowest", type_=BigInteger),
    bindparam("highest", type_=BigInteger),
    bindparam("verdict", type_=String),
)
SAID = "pg_temp.bank_said"
# What came before its time, an early return, and what this batch left.
WAITING = "(SELECT * FROM bank_answer_item WHERE tenant_id = :tenant AND state = 'waiting')"


def _statement(lines: str, verdict: Verdict) -> TextClause:
    changes = _CHANGES[verdict].format(said_on=_SAID_ON)
    return text(_MOVE.format(lines=lines, changes=changes, said_on=_SAID_ON)).bindparams(*_BINDS)


_STATEMENTS = {(lines, verdict): _statement(lines, verdict) for lines in (SAID, WAITING) for verdict in ORDER}
_SPAN = """
    SELECT min(instruction_id), max(instruction_id), ARRAY(SELECT DISTINCT verdict FROM {lines} AS said)
    FROM {lines} AS line
"""
_SPANS = {lines: text(_SPAN.format(lines=lines)) for lines in (SAID, WAITING)}


def lay_out(session: TenantSession) -> None:
    """Make the tables of a batch ready, empty."""
    session.connection().exec_driver_sql(_TABLES.text)


def move_told(session: TenantSession, lines: str, locked: Sequence[UUID], today: date) -> int:
    """Move every instruction of the locked messages that a line fits, verdict by verdict; returns how many moved."""
    lowest, highest, said = session.execute(_SPANS[lines], {"tenant": session.tenant_id}).one()
    if lowest is None or not locked:
        return 0
    binds: dict[str, Any] = {"tenant": session.tenant_id, "locked": list(locked), "today": today}
    binds |= {"lowest": lowest, "highest": highest}
    return sum(_move(session, lines, verdict, binds) for verdict in ORDER if verdict in said)


def _move(session: TenantSession, lines: str, verdict: Verdict, binds: dict[str, Any]) -> int:
    to = _TARGETS[verdict]
    said = {
        "verdict": verdict.value,
        "to": to.value,
        "released": to in RELEASES_OBLIGATION,
        "sources": [state.value for state in queries.sources_of(to)],
    }
    counted = {"preserve_rowcount": True}
    result = session.execute(_STATEMENTS[lines, verdict], binds | said, execution_options=counted)
    assert isinstance(result, CursorResult), "an INSERT counts its rows"
    return result.rowcount
