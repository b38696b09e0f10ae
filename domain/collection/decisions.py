"""The bank's word on mandates (pain.012, and the refusal of a message as a whole) applied to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Row, String, Uuid, bindparam, select, text
from sqlmodel import col

from domain.banking.errors import ForeignReference
from domain.banking.messages.errors import UnexpectedMessage
from domain.banking.messages.mandates import MandateAcceptance, read_mandate_message
from domain.banking.messages.pain002 import read_status_report
from domain.banking.references import parse_message_id
from domain.banking.states import MessageState
from domain.banking.tables import BankMessage
from domain.collection.enrolment import record_refusal, record_registration
from domain.collection.mandates import suspend_mandates
from domain.collection.queries import PREFIX
from domain.collection.states import RegistrationKind
from domain.collection.tables import MandateRegistration
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.values.actor import BANK
from domain.values.errors import DomainError

_UNREASONED = "NARR"  # refused, and the bank does not say why

_DECIDE = text("""
    UPDATE mandate_registration AS told SET accepted = said.accepted, reason = said.reason, decided_at = :now
    FROM unnest(:messages, :verdicts, :reasons) AS said (message_id, accepted, reason)
    WHERE told.tenant_id = :tenant AND told.message_id = said.message_id
""").bindparams(
    bindparam("messages", type_=ARRAY(Uuid)),
    bindparam("verdicts", type_=ARRAY(Boolean)),
    bindparam("reasons", type_=ARRAY(String)),
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one answer says. `accepted` None: the message has arrived, and more is to come."""

    reference: str
    accepted: bool | None
    mandate: str | None = None
    reason: str | None = None


def apply_decisions(session: TenantSession, contents: Mapping[UUID, bytes], *, clock: Clock) -> dict[UUID, str]:
    """Put accepted mandates in force and fail refused ones; returns the answers that cannot be believed, and why.

    What was said before changes nothing; the opposite of it is not believed.
    """
    said, unbelievable = _read(contents)
    told = _told(session, {parsed for each in said.values() if (parsed := _number(session, each)) is not None})
    decided: dict[UUID, tuple[Row[Any], _Said]] = {}
    for answer_id, each in said.items():
        row = told.get(_number(session, each) or 0)
        doubt = _doubt(each, row)
        if doubt is not None:
            unbelievable[answer_id] = doubt
        elif row is not None and each.accepted is not None and row.accepted is None:
            first = decided.setdefault(row.message_id, (row, each))[1]
            if first.accepted is not each.accepted:
                unbelievable[answer_id] = f"It contradicts another answer to “{each.reference}”."
    _decide(session, list(decided.values()), clock)
    return unbelievable


def _read(contents: Mapping[UUID, bytes]) -> tuple[dict[UUID, _Said], dict[UUID, str]]:
    said: dict[UUID, _Said] = {}
    unreadable: dict[UUID, str] = {}
    for answer_id, content in contents.items():
        try:
            said[answer_id] = _parsed(content)
        except DomainError as error:
            unreadable[answer_id] = error.message("en")
    return said, unreadable


def _parsed(content: bytes) -> _Said:
    try:
        report = read_status_report(BytesIO(content))
    except UnexpectedMessage:
        acceptance = read_mandate_message(BytesIO(content))
        if not isinstance(acceptance, MandateAcceptance):
            raise UnexpectedMessage(expected="pain.012", found=type(acceptance).__name__) from None
        return _Said(acceptance.original_message_id, acceptance.is_accepted, acceptance.mandate_id, acceptance.reason)
    items = list(report.items)
    reason = report.group_reason or next((item.reason for item in items if item.reason), None)
    # Taken in is not yet accepted: that is for a pain.012 to say.
    return _Said(report.original_message_id, False if report.group_status == "RJCT" else None, None, reason)


def _number(session: TenantSession, said: _Said) -> int | None:
    try:
        tenant, number = parse_message_id(said.reference)
    except ForeignReference:
        return None
    return number if tenant == session.tenant_id else None


def _told(session: TenantSession, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    """What was told in the messages of these numbers; locked, oldest first."""
    found = (
        select(
            col(BankMessage.number),
            col(MandateRegistration.message_id),
            col(MandateRegistration.mandate_id),
            col(MandateRegistration.kind),
            col(MandateRegistration.accepted),
        )
        .join(
            MandateRegistration,
            (col(MandateRegistration.tenant_id) == col(BankMessage.tenant_id))
            & (col(MandateRegistration.message_id) == col(BankMessage.id)),
        )
        .where(col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.number).in_(list(numbers)))
        .order_by(col(BankMessage.number))
        .with_for_update()
    )
    return {row.number: row for row in session.execute(found)}


def _doubt(said: _Said, row: Row[Any] | None) -> str | None:
    """Why the answer cannot be believed, if it cannot."""
    if row is None:
        return f"It answers “{said.reference}”, which is no message of ours about a mandate."
    mandate = public_id(PREFIX, row.mandate_id)
    if said.mandate not in {None, mandate}:
        return f"It is about mandate “{said.mandate}”, but “{said.reference}” was about “{mandate}”."
    if None not in {row.accepted, said.accepted} and row.accepted is not said.accepted:
        return f"It contradicts an earlier answer to “{said.reference}”."
    return None


def _decide(session: TenantSession, decided: Sequence[tuple[Row[Any], _Said]], clock: Clock) -> None:
    if not decided:
        return
    messages = [row.message_id for row, _ in decided]
    reasons = [None if said.accepted else said.reason or _UNREASONED for _, said in decided]
    binds = {
        "tenant": session.tenant_id,
        "now": clock.now(),
        "messages": messages,
        "verdicts": [said.accepted for _, said in decided],
        "reasons": reasons,
    }
    session.execute(_DECIDE, binds)
    answered = select(col(BankMessage.id)).where(
        col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.id) == any_of(messages)
    )
    move_all(session, BankMessage, answered, MessageState.ANSWERED, actor=BANK, clock=clock)
    _follow(session, [(row, reason) for (row, _), reason in zip(decided, reasons, strict=True)], clock)


_Follow = Callable[[TenantSession, list[UUID], str | None, Clock], object]


def _register(session: TenantSession, ids: list[UUID], _reason: str | None, clock: Clock) -> None:
    record_registration(session, ids, clock=clock)


def _fail(session: TenantSession, ids: list[UUID], reason: str | None, clock: Clock) -> None:
    record_refusal(session, ids, reason=reason or _UNREASONED, clock=clock)


def _suspend(session: TenantSession, ids: list[UUID], reason: str | None, clock: Clock) -> None:
    """The bank still knows the old terms: nothing is debited until a person has looked."""
    suspend_mandates(session, ids, reason=reason or _UNREASONED, actor=BANK, clock=clock)


def _tell(session: TenantSession, ids: list[UUID], reason: str | None, clock: Clock) -> None:
    """Cancelled here all the same; that the bank goes on knowing it is for a person."""
    for mandate_id in ids:
        announce(
            session, "mandate.cancellation_refused", public_id(PREFIX, mandate_id), {"reason": reason}, clock=clock
        )


_FOLLOWS: Mapping[tuple[RegistrationKind, bool], _Follow] = {
    (RegistrationKind.REQUEST, True): _register,
    (RegistrationKind.REQUEST, False): _fail,
    (RegistrationKind.AMENDMENT, False): _suspend,
    (RegistrationKind.CANCELLATION, False): _tell,
}


def _follow(session: TenantSession, decided: Sequence[tuple[Row[Any], str | None]], clock: Clock) -> None:
    def what(each: tuple[Row[Any], str | None]) -> tuple[str, str]:
        return each[0].kind.value, each[1] or ""

    for (kind, reason), members in groupby(sorted(decided, key=what), key=what):
        follow = _FOLLOWS.get((RegistrationKind(kind), not reason))
        if follow is not None:
            follow(session, [row.mandate_id for row, _ in members], reason or None, clock)
