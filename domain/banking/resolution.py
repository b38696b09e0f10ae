"""Lines of answers against instructions, by set operations: what fits is chosen, what never will is set aside."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, String, Uuid, bindparam, text

from domain.banking import telling
from domain.banking.reading import Answered, Line, Others
from domain.banking.rules import is_banks_own
from domain.banking.states import AT_THE_BANK
from domain.platform.copying import copied_in
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7

_LINE = (
    *("answer_id", "position", "instruction_id", "end_to_end_id", "message_id", "account_id", "verdict"),
    *("amount_minor", "currency", "reason", "value_date"),
)
LINES_PER_BLOCK = 1_000
ENOUGH_TO_ANALYZE = 1_000  # rows from which a plan is worth what it costs to count them

# One line for every item of the message, or of its block, that the bank has not finished and the answer does not name.
_ADD_OTHERS = text("""
    INSERT INTO pg_temp.bank_said (answer_id, position, instruction_id, end_to_end_id, message_id, verdict, reason)
    SELECT :answer, named + row_number() OVER (ORDER BY id), id, '', :message, :verdict, :reason
    FROM instruction,
         (SELECT coalesce(max(position), 0) AS named FROM pg_temp.bank_said WHERE answer_id = :answer) AS before
    WHERE tenant_id = :tenant AND run_id = :run AND id BETWEEN :first AND :last AND message_id = :message
      AND state = ANY(:open) AND (CAST(:account AS uuid) IS NULL OR own_account_id = :account)
      AND NOT EXISTS (SELECT FROM pg_temp.bank_said AS line
                      WHERE line.answer_id = :answer AND line.instruction_id = instruction.id)
""").bindparams(
    bindparam("answer", type_=Uuid),
    bindparam("message", type_=Uuid),
    bindparam("run", type_=Uuid),
    bindparam("account", type_=Uuid),
    bindparam("reason", type_=String),
    bindparam("open", type_=ARRAY(String)),
)

# What was applied is kept as that; the rest waits to be looked at more closely.
_KEEP = text("""
    INSERT INTO bank_answer_item (tenant_id, answer_id, position, instruction_id, end_to_end_id, message_id, account_id,
                                  verdict, amount_minor, currency, reason, value_date, state)
    SELECT :tenant, said.answer_id, said.position, said.instruction_id, said.end_to_end_id, said.message_id,
           said.account_id, said.verdict, said.amount_minor, said.currency, said.reason, said.value_date,
           CASE WHEN told.answer_id IS NULL THEN 'waiting' ELSE 'applied' END
    FROM pg_temp.bank_said AS said
    LEFT JOIN pg_temp.bank_told AS told ON told.answer_id = said.answer_id AND told.position = said.position
""")
_MARK_APPLIED = text("""
    UPDATE bank_answer_item AS line SET state = 'applied'
    FROM pg_temp.bank_told AS told
    WHERE line.tenant_id = :tenant AND line.answer_id = told.answer_id AND line.position = told.position
      AND line.state = 'waiting'
""")
_ANY_WAITING = text("SELECT EXISTS (SELECT FROM bank_answer_item WHERE tenant_id = :tenant AND state = 'waiting')")

# The messages of the instructions that lines without one speak of: notices, and what waits.
_MESSAGES = text("""
    SELECT DISTINCT item.message_id
    FROM (SELECT instruction_id FROM pg_temp.bank_said WHERE message_id IS NULL
          UNION SELECT instruction_id FROM bank_answer_item WHERE tenant_id = :tenant AND state = 'waiting') AS named
    JOIN instruction AS item ON item.tenant_id = :tenant AND item.id = named.instruction_id
    WHERE item.message_id IS NOT NULL
""")

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
      WHERE line.tenant_id = :tenant AND line.state = 'waiting' AND judged.judgement IS NOT NULL
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


def lay_out_lines(session: TenantSession, answers: Mapping[UUID, Answered]) -> None:
    """Bring the lines of all answers into `bank_said`."""
    copied_in(session, telling.SAID, _LINE, _blocks(answers))
    if sum(len(answered.lines) for answered in answers.values()) >= ENOUGH_TO_ANALYZE:
        session.execute(text("ANALYZE pg_temp.bank_said"))


def _blocks(answers: Mapping[UUID, Answered]) -> Iterator[bytes]:
    for answer_id, answered in answers.items():
        message = _NOTHING if answered.message_id is None else str(answered.message_id)
        answer, lines = str(answer_id), enumerate(answered.lines, start=1)
        while block := list(islice(lines, LINES_PER_BLOCK)):
            yield "".join([_copied(answer, position, message, line) for position, line in block]).encode()


_NOTHING = r"\N"


def _copied(answer: str, position: int, message: str, line: Line) -> str:
    """A line in the text format of COPY."""
    instruction = _NOTHING if line.instruction_id is None else line.instruction_id
    return f"{answer}\t{position}\t{instruction}\t{_escaped(line.end_to_end_id)}\t{message}\t{_said(line[2:])}\n"


@lru_cache(maxsize=1_024)
def _said(said: tuple[Any, ...]) -> str:
    """What a line says, apart from whom it is about: the same for thousands of a status report."""
    verdict, why, on, account_id, minor, code = said
    account = _NOTHING if account_id is None else account_id
    amount, currency = (_NOTHING, _NOTHING) if minor is None else (minor, code)
    reason = _NOTHING if why is None else _escaped(why)
    return f"{account}\t{verdict}\t{amount}\t{currency}\t{reason}\t{_NOTHING if on is None else on}"


def _escaped(value: str) -> str:
    if value.isalnum():
        return value
    return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def add_others(session: TenantSession, answers: Mapping[UUID, Answered], messages: Mapping[UUID, Row[Any]]) -> None:
    """Lines for what answers say of items they do not name; their messages are locked."""
    for answer_id, answered in answers.items():
        for others in answered.others:
            assert answered.message_id is not None, "who speaks of others speaks of a message"
            _add_others(session, answer_id, messages[answered.message_id], others)


def _add_others(session: TenantSession, answer_id: UUID, message: Row[Any], others: Others) -> None:
    binds = {
        "tenant": session.tenant_id,
        "answer": answer_id,
        "message": message.id,
        "run": message.run_id,
        "first": message.first_instruction_id,
        "last": message.last_instruction_id,
        "account": others.own_account_id,
        "verdict": others.verdict.value,
        "reason": others.reason,
        "open": [state.value for state in AT_THE_BANK],
    }
    session.execute(_ADD_OTHERS, binds)


def named_messages(session: TenantSession) -> set[UUID]:
    """The messages that lines are about which answer none: those of notices, and those that wait."""
    return set(session.execute(_MESSAGES, {"tenant": session.tenant_id}).scalars())


def keep_lines(session: TenantSession) -> bool:
    """Keep the lines of the batch; returns whether any line, old or new, waits to be looked at."""
    session.execute(_KEEP, {"tenant": session.tenant_id})
    is_waiting: bool = session.execute(_ANY_WAITING, {"tenant": session.tenant_id}).scalar_one()
    return is_waiting


def mark_applied(session: TenantSession) -> None:
    """What waited and has moved its instruction after all is done."""
    session.execute(_MARK_APPLIED, {"tenant": session.tenant_id})


def set_misfits_aside(session: TenantSession, now: datetime) -> None:
    """Give a person what names no instruction of ours, another message's or account's, or another amount."""
    session.execute(_MISFIT, {"tenant": session.tenant_id, "now": now})


def set_leftovers_aside(session: TenantSession, now: datetime) -> None:
    """Forget what was said before, give a person what contradicts, let early returns wait."""
    session.execute(_LEFT, {"tenant": session.tenant_id, "now": now})


_LATE = text(f"""
    INSERT INTO bank_exception (tenant_id, id, created_at, kind, answer_id, facts)
    SELECT :tenant, {SQL_UUID7}, :now, 'returned_after_final', answer_id,
           jsonb_build_object('instruction_id', instruction_id::text, 'final_on', final_on::text,
                              'returned_on', said_on::text)
    FROM pg_temp.bank_told WHERE verdict = 'returned' AND said_on > final_on
""")


def warn_of_late_returns(session: TenantSession, now: datetime) -> None:
    """Tell a person of what came back after it was final; it is booked all the same."""
    session.execute(_LATE, {"tenant": session.tenant_id, "now": now})


_UNKNOWN = text(f"""
    INSERT INTO bank_exception (tenant_id, id, created_at, kind, answer_id, facts)
    SELECT :tenant, {SQL_UUID7}, :now, 'unknown_reason', answer_id,
           jsonb_build_object('instruction_id', instruction_id::text, 'reason', reason)
    FROM pg_temp.bank_told WHERE verdict IN ('rejected', 'returned') AND reason = ANY(:unknown)
""").bindparams(bindparam("unknown", type_=ARRAY(String)))
_REASONS = text("SELECT DISTINCT reason FROM pg_temp.bank_told WHERE verdict IN ('rejected', 'returned')")


def show_unknown_reasons(session: TenantSession, now: datetime) -> None:
    """Show a person the items that failed for reasons no table translates."""
    unknown = [reason for reason in session.execute(_REASONS).scalars() if is_banks_own(reason)]
    if unknown:
        session.execute(_UNKNOWN, {"tenant": session.tenant_id, "now": now, "unknown": unknown})
