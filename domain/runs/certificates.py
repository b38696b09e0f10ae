"""A closed run's certificate: what it was, what came of it, and digests an auditor computes again from the rows."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Text, case, cast, exists, func, select, union_all
from sqlmodel import col

from domain import approvals
from domain.banking.instructions import NOTHING, hash_items, run_totals
from domain.banking.rendering import ITEMS_PER_FETCH
from domain.banking.states import InstructionState
from domain.banking.tables import BankMessage, Instruction, InstructionEvent
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.planner import no_nested_loops
from domain.runs import queries
from domain.runs.errors import RunNotClosed
from domain.runs.proving import ACCOUNT_PREFIX, COLUMNS, ORDERED, VERSION, canonical
from domain.runs.states import RunState
from domain.runs.tables import Run, RunBalance, RunCertificate
from domain.values.money import Money

_SETTLED_ONCE = (InstructionState.SETTLED, InstructionState.FINAL, InstructionState.RETURNED)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Canonical JSON and its SHA-256."""

    content: str
    digest: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """The content, read."""
        facts: dict[str, Any] = json.loads(self.content)
        return facts


def certificate(session: TenantSession, run_id: UUID) -> Certificate:
    """The certificate given when the run closed. Raises NotFound, RunNotClosed."""
    run = queries.find_run(session, run_id)
    stored = session.get(RunCertificate, (session.tenant_id, run_id))
    if stored is None:
        raise RunNotClosed(run=run.public_id, state=run.state.value)
    return Certificate(stored.content, stored.digest)


def verify_certificate(session: TenantSession, run_id: UUID) -> list[str]:
    """Compute the certificate again from the rows; the names of what differs, none when it holds.

    Raises NotFound, RunNotClosed.
    """
    given = certificate(session, run_id)
    now = _facts(session, queries.find_run(session, run_id))
    differing = [name for name in now.keys() | given.facts.keys() if now.get(name) != given.facts.get(name)]
    if sha256(given.content.encode()).digest() != given.digest:
        differing.append("digest")
    return sorted(differing)


def store_certificate(session: TenantSession, run: Run, *, clock: Clock) -> bytes:
    """Make the certificate of a run that just closed; returns its digest."""
    assert run.state is RunState.CLOSED, "only a closed run is certified"
    content = canonical(_facts(session, run))
    digest = sha256(content.encode()).digest()
    session.add(
        RunCertificate(tenant_id=session.tenant_id, run_id=run.id, content=content, digest=digest, made_at=clock.now())
    )
    session.flush()
    return digest


def _facts(session: TenantSession, run: Run) -> dict[str, Any]:
    """Everything the certificate says; what happens after the closing changes none of it."""
    executed = run_totals(session, run.id)
    if not run.item_count and not executed.item_count:
        return _nothing(session, run)
    facts = {
        "version": VERSION,
        "run": run.public_id,
        "kind": run.kind.value,
        "business_date": run.business_date.isoformat(),
        "slot": run.slot,
        "frozen": {"items": run.item_count, "sums": _sums(run.totals), "digest": (run.digest or b"").hex()},
        "left_for_want_of_cover": run.left_count,
        "executed": {
            "items": executed.item_count,
            "sums": _sums(executed.total_minor),
            "digest": executed.digest.hex(),
        },
        "approval": _approval(session, run),
        "messages": _messages(session, run.id),
        "outcomes": _outcomes(session, run.id),
        "outcomes_digest": _outcomes_digest(session, run.id),
        "returned_before_closing": _returned(session, run),
        "accounts": _accounts(session, run),
    }
    facts_as_read: dict[str, Any] = json.loads(json.dumps(facts))
    return facts_as_read


def _nothing(session: TenantSession, run: Run) -> dict[str, Any]:
    """What `_facts` comes to for a run without items, without asking for each; most runs of most days are such."""
    nothing: dict[str, Any] = {"items": 0, "sums": {}, "digest": NOTHING.digest.hex()}
    return {
        "version": VERSION,
        "run": run.public_id,
        "kind": run.kind.value,
        "business_date": run.business_date.isoformat(),
        "slot": run.slot,
        "frozen": nothing | {"digest": (run.digest or b"").hex()},
        "left_for_want_of_cover": run.left_count,
        "executed": nothing,
        "approval": {"by": "policy"},
        "messages": [],
        "outcomes": [],
        "outcomes_digest": NOTHING.digest.hex(),
        "returned_before_closing": [],
        "accounts": _accounts(session, run),
    }


def _sums(totals: dict[str, int]) -> dict[str, str]:
    return {currency: _text(minor, currency) for currency, minor in totals.items()}


def _text(minor: int, currency: str) -> str:
    return str(Money.from_minor(minor, currency).amount)


def _approval(session: TenantSession, run: Run) -> dict[str, str]:
    """Who said yes to the frozen digest; without a decision, the policy did."""
    wanted = (run.digest or b"").hex()
    decisions = [each for each in approvals.history(session, "run", run.id) if each.digest == wanted]
    decided = next((each for each in decisions if each.decided_by is not None), None)
    if decided is None:
        return {"by": "policy"}
    return {"proposed_by": decided.made_by, "by": decided.decided_by or "", "digest": decided.digest}


def _messages(session: TenantSession, run_id: UUID) -> list[dict[str, Any]]:
    found = session.scalars(
        select(BankMessage)
        .where(col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.run_id) == run_id)
        .order_by(col(BankMessage.number))
    )
    return [
        {
            "message": message.bank_reference,
            "due_on": message.due_on.isoformat(),
            "items": message.item_count,
            "sum": {"amount": str(message.total.amount), "currency": message.currency},
            "digest": (message.digest or b"").hex(),
        }
        for message in found
    ]


# A settlement stays one whatever comes back later, so that later returns do not change what was certified.
_OUTCOME = case((col(Instruction.state).in_(_SETTLED_ONCE), "settled"), else_="rejected")
_REASON = case((col(Instruction.state).in_(_SETTLED_ONCE), None), else_=col(Instruction.reason))
_OUTCOME_COLUMNS = (
    *(col(Instruction.id), _OUTCOME, col(Instruction.amount_minor), col(Instruction.currency)),
    *(col(Instruction.value_date), _REASON),
)


def _of_run(session: TenantSession, run_id: UUID) -> tuple[Any, ...]:
    return (
        col(Instruction.tenant_id) == session.tenant_id,
        col(Instruction.run_id) == run_id,
        col(Instruction.state) != InstructionState.CANCELLED,
    )


def _outcomes(session: TenantSession, run_id: UUID) -> list[dict[str, Any]]:
    """Counts and sums by outcome, reason and currency."""
    outcome, reason = _OUTCOME.label("outcome"), _REASON.label("reason")
    rows = session.execute(
        select(outcome, reason, col(Instruction.currency), func.count(), func.sum(col(Instruction.amount_minor)))
        .where(*_of_run(session, run_id))
        .group_by(outcome, reason, col(Instruction.currency))
        .order_by(outcome, reason, col(Instruction.currency))
    )
    return [
        {
            "outcome": result,
            "reason": why,
            "items": count,
            "sum": {"amount": _text(int(minor), currency), "currency": currency},
        }
        for result, why, currency, count, minor in rows
    ]


def _outcomes_digest(session: TenantSession, run_id: UUID) -> str:
    """SHA-256 over item, outcome, amount, value date and reason, in the order of the items."""
    return hash_items(session, run_id, _OUTCOME_COLUMNS, null="").hex()


def certified_items(session: TenantSession, run_id: UUID) -> Iterator[Sequence[str]]:
    """The table of a certificate's items, its header first: what `proving.check_items` reads."""
    columns = (*(col(getattr(Instruction, name)) for name in ORDERED), _OUTCOME, col(Instruction.value_date), _REASON)
    found = select(*(func.coalesce(cast(column, Text), "") for column in columns)).where(*_of_run(session, run_id))
    yield COLUMNS
    for row in session.execute(found.order_by(col(Instruction.id)).execution_options(yield_per=ITEMS_PER_FETCH)):
        yield tuple(row)


def _returned(session: TenantSession, run: Run) -> list[dict[str, Any]]:
    """What had come back by the closing, by reason and currency, from the append-only events."""
    rows = session.execute(
        select(
            col(InstructionEvent.reason),
            col(Instruction.currency),
            func.count(),
            func.sum(col(Instruction.amount_minor)),
        )
        .join(
            InstructionEvent,
            (col(InstructionEvent.tenant_id) == col(Instruction.tenant_id))
            & (col(InstructionEvent.instruction_id) == col(Instruction.id)),
        )
        .where(
            *_of_run(session, run.id),
            col(InstructionEvent.state) == InstructionState.RETURNED,
            col(InstructionEvent.at) <= run.closed_at,
        )
        .group_by(col(InstructionEvent.reason), col(Instruction.currency))
        .order_by(col(InstructionEvent.reason), col(Instruction.currency))
    )
    return [
        {"reason": why, "items": count, "sum": {"amount": _text(int(minor), currency), "currency": currency}}
        for why, currency, count, minor in rows
    ]


def _accounts(session: TenantSession, run: Run) -> list[dict[str, Any]]:
    """Per own account: what it held before and after, and what this run brought and took."""
    rows = session.execute(
        select(RunBalance, col(BankAccount.masked))
        .join(
            BankAccount,
            (col(BankAccount.tenant_id) == col(RunBalance.tenant_id))
            & (col(BankAccount.id) == col(RunBalance.account_id)),
        )
        .where(col(RunBalance.tenant_id) == session.tenant_id, col(RunBalance.run_id) == run.id)
        .order_by(col(RunBalance.account_id), col(RunBalance.currency))
    ).all()
    moved = _moved(session, run) if rows else {}
    return [
        {
            "account": public_id(ACCOUNT_PREFIX, balance.account_id),
            "number": masked,
            "currency": balance.currency,
            "before": _text(balance.before_minor, balance.currency),
            "after": None if balance.after_minor is None else _text(balance.after_minor, balance.currency),
            "moved_by_this_run": _text(moved.get((balance.account_id, balance.currency), 0), balance.currency),
        }
        for balance, masked in rows
    ]


def _moved(session: TenantSession, run: Run) -> dict[tuple[UUID, str], int]:
    """Σ settled per own account, in minus out."""
    settled = (*_of_run(session, run.id), col(Instruction.state).in_(_SETTLED_ONCE))
    own = exists().where(
        col(BankAccount.tenant_id) == session.tenant_id,
        col(BankAccount.id) == col(Instruction.counter_account_id),
        col(BankAccount.own),
    )
    amount, currency = col(Instruction.amount_minor), col(Instruction.currency)
    signed = func.sum(case((col(Instruction.direction) == "debit", amount), else_=-amount))
    here = select(col(Instruction.own_account_id), currency, signed).where(*settled)
    there = select(col(Instruction.counter_account_id), currency, -signed).where(*settled, own)
    both = union_all(
        here.group_by(col(Instruction.own_account_id), currency),
        there.group_by(col(Instruction.counter_account_id), currency),
    )
    total: dict[tuple[UUID, str], int] = {}
    with no_nested_loops(session, run.item_count):
        found = session.execute(both).all()
    for account_id, code, minor in found:
        total[account_id, code] = total.get((account_id, code), 0) + int(minor)
    return total
