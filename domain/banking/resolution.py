"""Lines of answers against instructions, by set operations: what fits is chosen, what never will is set aside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, Row, String, Uuid, bindparam, text

from domain.banking.reading import Answered
from domain.banking.states import AT_THE_BANK, Verdict
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7

_INSERT_LINES = text("""
    INSERT INTO bank_answer_item (tenant_id, answer_id, position, instruction_id, end_to_end_id, message_id, account_id,
                                  verdict, amount_minor, currency, reason, value_date, state)
    SELECT :tenant, :answer, position, instruction_id, end_to_end_id, :message, account_id,
           verdict, amount_minor, currency, reason, value_date, 'waiting'
    FROM unnest(:instruction_ids, :end_to_end_ids, :account_ids, :verdicts, :amounts, :currencies, :reasons, :dates)
         WITH ORDINALITY AS line (instruction_id, end_to_end_id, account_id, verdict, amount_minor, currency, reason,
                                  value_date, position)
""").bindparams(
    bindparam("answer", type_=Uuid),
    bindparam("message", type_=Uuid),
    bindparam("instruction_ids", type_=ARRAY(BigInteger)),
    bindparam("end_to_end_ids", type_=ARRAY(String)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
    bindparam("verdicts", type_=ARRAY(String)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("currencies", type_=ARRAY(String)),
    bindparam("reasons", type_=ARRAY(String)),
    bindparam("dates", type_=ARRAY(Date)),
)

# One line for every item of the message that the bank has not finished and the answer does not name.
_INSERT_OTHERS = text("""
    INSERT INTO bank_answer_item (tenant_id, answer_id, position, instruction_id, end_to_end_id, message_id,
                                  verdict, reason, state)
    SELECT :tenant, :answer, :named + row_number() OVER (ORDER BY id), id, '', :message, :verdict, :reason, 'waiting'
    FROM instruction
    WHERE tenant_id = :tenant AND message_id = :message AND state = ANY(:open)
      AND NOT EXISTS (SELECT FROM bank_answer_item AS line
                      WHERE line.tenant_id = :tenant AND line.answer_id = :answer
                        AND line.instruction_id = instruction.id)
""").bindparams(
    bindparam("answer", type_=Uuid),
    bindparam("message", type_=Uuid),
    bindparam("reason", type_=String),
    bindparam("named", type_=Integer),
    bindparam("open", type_=ARRAY(String)),
)

_SET_ASIDE = """
    WITH judged AS (
      SELECT line.answer_id, line.position, {judgement} AS judgement
      FROM bank_answer_item AS line
      LEFT JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = line.instruction_id
      WHERE line.tenant_id = :tenant AND line.state = 'waiting'
    ), aside AS (
      UPDATE bank_answer_item AS line
      SET state = CASE judgement WHEN 'stale' THEN 'stale' ELSE 'exception' END
      FROM judged
      WHERE line.tenant_id = :tenant AND judged.judgement IS NOT NULL
        AND line.answer_id = judged.answer_id AND line.position = judged.position
      RETURNING line.*, judged.judgement
    )
    INSERT INTO bank_exception (tenant_id, id, created_at, kind, answer_id, facts)
    SELECT :tenant, {uuid7}, :now, judgement, answer_id,
           jsonb_strip_nulls(jsonb_build_object(
             'position', position, 'end_to_end_id', end_to_end_id, 'instruction_id', instruction_id::text,
             'verdict', verdict, 'reason', reason, 'amount_minor', amount_minor::text, 'currency', currency))
    FROM aside WHERE judgement <> 'stale'
"""

# What can never fit, whatever comes later. The other side of a transfer between two own accounts says nothing new.
_MISFIT = text(
    _SET_ASIDE.format(
        uuid7=SQL_UUID7,
        judgement="""CASE
          WHEN instruction.id IS NULL THEN 'unknown_reference'
          WHEN line.message_id IS NOT NULL AND line.message_id IS DISTINCT FROM instruction.message_id
            THEN 'other_message'
          WHEN line.account_id = instruction.counter_account_id THEN 'stale'
          WHEN line.account_id <> instruction.own_account_id THEN 'other_account'
          WHEN line.amount_minor <> instruction.amount_minor OR line.currency <> instruction.currency
            THEN 'amount_differs'
        END""",
    )
)

# What is left once everything that fits was applied. A return waits while its settlement is still to come.
_LEFT = text(
    _SET_ASIDE.format(
        uuid7=SQL_UUID7,
        judgement="""CASE line.verdict
          WHEN 'accepted' THEN 'stale'
          WHEN 'settled' THEN CASE WHEN instruction.state IN ('settled', 'final', 'returned') THEN 'stale'
                                   ELSE 'contradiction' END
          WHEN 'rejected' THEN CASE instruction.state WHEN 'rejected' THEN 'stale' ELSE 'contradiction' END
          WHEN 'returned' THEN CASE WHEN instruction.state = 'returned' THEN 'stale'
                                    WHEN instruction.state NOT IN ('submitted', 'accepted') THEN 'contradiction' END
        END""",
    )
)

_WAITING = text("""
    SELECT answer_id, position, instruction_id, reason, value_date FROM bank_answer_item
    WHERE tenant_id = :tenant AND state = 'waiting' AND verdict = :verdict
    ORDER BY instruction_id, answer_id, position
""")

_MARK_APPLIED = text("""
    UPDATE bank_answer_item AS line SET state = 'applied'
    FROM unnest(:answers, :positions) AS done (answer_id, position)
    WHERE line.tenant_id = :tenant AND line.answer_id = done.answer_id AND line.position = done.position
""").bindparams(bindparam("answers", type_=ARRAY(Uuid)), bindparam("positions", type_=ARRAY(Integer)))


def insert_lines(session: TenantSession, answer_id: UUID, answered: Answered) -> None:
    """Keep the lines of an answer, waiting to be applied."""
    lines = answered.lines
    of_answer = {"tenant": session.tenant_id, "answer": answer_id, "message": answered.message_id}
    columns = {
        "instruction_ids": [line.instruction_id for line in lines],
        "end_to_end_ids": [line.end_to_end_id for line in lines],
        "account_ids": [line.account_id for line in lines],
        "verdicts": [line.verdict.value for line in lines],
        "amounts": [line.amount_minor for line in lines],
        "currencies": [line.currency for line in lines],
        "reasons": [line.reason for line in lines],
        "dates": [line.value_date for line in lines],
    }
    session.execute(_INSERT_LINES, of_answer | columns)
    if answered.others is not None:
        rest = {
            "verdict": answered.others.value,
            "reason": answered.others_because,
            "named": len(lines),
            "open": [state.value for state in AT_THE_BANK],
        }
        session.execute(_INSERT_OTHERS, of_answer | rest)


def set_misfits_aside(session: TenantSession, now: datetime) -> None:
    """Give a person what names no instruction of ours, another message's or account's, or another amount."""
    session.execute(_MISFIT, {"tenant": session.tenant_id, "now": now})


def set_leftovers_aside(session: TenantSession, now: datetime) -> None:
    """Forget what was said before, give a person what contradicts, let early returns wait."""
    session.execute(_LEFT, {"tenant": session.tenant_id, "now": now})


def waiting_lines(session: TenantSession, verdict: Verdict) -> dict[int, Row[Any]]:
    """The waiting lines of that verdict by instruction, of several the one told first."""
    lines = session.execute(_WAITING, {"tenant": session.tenant_id, "verdict": verdict.value}).all()
    return {line.instruction_id: line for line in reversed(lines)}


def mark_applied(session: TenantSession, lines: Sequence[Row[Any]]) -> None:
    """These lines are done."""
    done = {"answers": [line.answer_id for line in lines], "positions": [line.position for line in lines]}
    session.execute(_MARK_APPLIED, {"tenant": session.tenant_id} | done)
