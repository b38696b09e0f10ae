"""Lines of answers against instructions, by set operations: what fits is chosen, what never will is set aside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, Row, String, Uuid, bindparam, text

from domain.banking.reading import Answered, Line, Others
from domain.banking.states import AT_THE_BANK, Verdict
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7

_INSERT_LINES = text("""
    INSERT INTO bank_answer_item (tenant_id, answer_id, position, instruction_id, end_to_end_id, message_id, account_id,
                                  verdict, amount_minor, currency, reason, value_date, state)
    SELECT :tenant, answer_id, position, instruction_id, end_to_end_id, message_id, account_id,
           verdict, amount_minor, currency, reason, value_date, 'waiting'
    FROM unnest(:answers, :positions, :messages, :instruction_ids, :end_to_end_ids, :account_ids, :verdicts, :amounts,
                :currencies, :reasons, :dates)
         AS line (answer_id, position, message_id, instruction_id, end_to_end_id, account_id, verdict, amount_minor,
                  currency, reason, value_date)
""").bindparams(
    bindparam("answers", type_=ARRAY(Uuid)),
    bindparam("positions", type_=ARRAY(Integer)),
    bindparam("messages", type_=ARRAY(Uuid)),
    bindparam("instruction_ids", type_=ARRAY(BigInteger)),
    bindparam("end_to_end_ids", type_=ARRAY(String)),
    bindparam("account_ids", type_=ARRAY(Uuid)),
    bindparam("verdicts", type_=ARRAY(String)),
    bindparam("amounts", type_=ARRAY(BigInteger)),
    bindparam("currencies", type_=ARRAY(String)),
    bindparam("reasons", type_=ARRAY(String)),
    bindparam("dates", type_=ARRAY(Date)),
)

# One line for every item of the message, or of its block, that the bank has not finished and the answer does not name.
_INSERT_OTHERS = text("""
    INSERT INTO bank_answer_item (tenant_id, answer_id, position, instruction_id, end_to_end_id, message_id,
                                  verdict, reason, state)
    SELECT :tenant, :answer, named + row_number() OVER (ORDER BY id), id, '', :message, :verdict, :reason, 'waiting'
    FROM instruction,
         (SELECT coalesce(max(position), 0) AS named FROM bank_answer_item
          WHERE tenant_id = :tenant AND answer_id = :answer) AS before
    WHERE tenant_id = :tenant AND message_id = :message AND state = ANY(:open)
      AND (CAST(:account AS uuid) IS NULL OR own_account_id = :account)
      AND NOT EXISTS (SELECT FROM bank_answer_item AS line
                      WHERE line.tenant_id = :tenant AND line.answer_id = :answer
                        AND line.instruction_id = instruction.id)
""").bindparams(
    bindparam("answer", type_=Uuid),
    bindparam("message", type_=Uuid),
    bindparam("account", type_=Uuid),
    bindparam("reason", type_=String),
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
    SELECT answer_id, position, instruction_id, verdict, reason, value_date FROM bank_answer_item
    WHERE tenant_id = :tenant AND state = 'waiting'
    ORDER BY instruction_id, answer_id, position
""")

_MARK_APPLIED = text("""
    UPDATE bank_answer_item AS line SET state = 'applied'
    FROM unnest(:answers, :positions) AS done (answer_id, position)
    WHERE line.tenant_id = :tenant AND line.answer_id = done.answer_id AND line.position = done.position
""").bindparams(bindparam("answers", type_=ARRAY(Uuid)), bindparam("positions", type_=ARRAY(Integer)))


def insert_lines(session: TenantSession, answers: Mapping[UUID, Answered]) -> None:
    """Keep the lines of all answers, waiting to be applied."""
    lines = [
        (answer_id, position, answered.message_id, line)
        for answer_id, answered in answers.items()
        for position, line in enumerate(answered.lines, start=1)
    ]
    if lines:
        session.execute(_INSERT_LINES, {"tenant": session.tenant_id} | _columns(lines))
    for answer_id, answered in answers.items():
        for others in answered.others:
            _insert_others(session, answer_id, answered.message_id, others)


def _columns(lines: Sequence[tuple[UUID, int, UUID | None, Line]]) -> dict[str, list[Any]]:
    said = [line for _, _, _, line in lines]
    return {
        "answers": [answer_id for answer_id, _, _, _ in lines],
        "positions": [position for _, position, _, _ in lines],
        "messages": [message_id for _, _, message_id, _ in lines],
        "instruction_ids": [line.instruction_id for line in said],
        "end_to_end_ids": [line.end_to_end_id for line in said],
        "account_ids": [line.account_id for line in said],
        "verdicts": [line.verdict.value for line in said],
        "amounts": [line.amount_minor for line in said],
        "currencies": [line.currency for line in said],
        "reasons": [line.reason for line in said],
        "dates": [line.value_date for line in said],
    }


def _insert_others(session: TenantSession, answer_id: UUID, message_id: UUID | None, others: Others) -> None:
    binds = {
        "tenant": session.tenant_id,
        "answer": answer_id,
        "message": message_id,
        "account": others.own_account_id,
        "verdict": others.verdict.value,
        "reason": others.reason,
        "open": [state.value for state in AT_THE_BANK],
    }
    session.execute(_INSERT_OTHERS, binds)


def set_misfits_aside(session: TenantSession, now: datetime) -> None:
    """Give a person what names no instruction of ours, another message's or account's, or another amount."""
    session.execute(_MISFIT, {"tenant": session.tenant_id, "now": now})


def set_leftovers_aside(session: TenantSession, now: datetime) -> None:
    """Forget what was said before, give a person what contradicts, let early returns wait."""
    session.execute(_LEFT, {"tenant": session.tenant_id, "now": now})


def waiting_lines(session: TenantSession) -> dict[Verdict, dict[int, Row[Any]]]:
    """The waiting lines by verdict and instruction, of several the one told first."""
    waiting: dict[Verdict, dict[int, Row[Any]]] = {}
    for line in session.execute(_WAITING, {"tenant": session.tenant_id}):
        waiting.setdefault(Verdict(line.verdict), {}).setdefault(line.instruction_id, line)
    return waiting


def mark_applied(session: TenantSession, lines: Sequence[Row[Any]]) -> None:
    """These lines are done."""
    done = {"answers": [line.answer_id for line in lines], "positions": [line.position for line in lines]}
    session.execute(_MARK_APPLIED, {"tenant": session.tenant_id} | done)
