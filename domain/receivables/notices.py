"""Notices that ask a debtor to confirm, the proof that they reached it, and what its silence then means.

Silence after a notice is the weakest confirmation (`silent`); after one that says it counts as consent, a better one
(`deemed`). It means nothing without proof of delivery by another person than the sender, nor while an answer of the
debtor waits for its checker.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from domain import audit
from domain.access.rules import check_two_people
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.transitions import move_all
from domain.receivables.errors import DeadlineTooSoon, DeliveryOutOfTime, DeliveryProved, NotConfirmable
from domain.receivables.evidence import Document, Evidence, record_evidence
from domain.receivables.exposure import lock_receivables
from domain.receivables.states import ConfirmationGrade, ConfirmationState, Delivery, EvidenceKind, ReceivableState
from domain.receivables.tables import (
    Confirmation,
    ConfirmationLine,
    ConfirmationNotice,
    ConfirmationNoticeLine,
    NoticeDelivery,
    Receivable,
)
from domain.values.actor import Actor, system
from domain.values.errors import NotFound

PREFIX = "cnn"
MIN_ANSWER_DAYS = 5  # a working week to look at an invoice: silence under a shorter one proves little in court
ACTOR = system("confirmation_deadline")
_S, _G = ReceivableState, ConfirmationGrade
_BY_SILENCE = (_S.CONFIRMED, _S.PART_CONFIRMED, _S.LISTED, _S.FINANCED, _S.PART_PAID, _S.OVERDUE)


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A letter to a debtor about some of its invoices."""

    debtor_id: UUID
    receivable_ids: Sequence[UUID]
    answer_by: date
    silence_is_consent: bool
    document: Document


def send_notice(session: TenantSession, new: NewNotice, *, actor: Actor, clock: Clock) -> ConfirmationNotice:
    """Note that a debtor was asked to answer for its invoices. Raises DeadlineTooSoon, NotConfirmable."""
    earliest = clock.today() + timedelta(days=MIN_ANSWER_DAYS)
    if new.answer_by < earliest:
        raise DeadlineTooSoon(answer_by=new.answer_by, earliest=earliest, days=MIN_ANSWER_DAYS)
    _check_unanswered(session, new)
    notice = ConfirmationNotice(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        debtor_id=new.debtor_id,
        sent_on=clock.today(),
        answer_by=new.answer_by,
        silence_is_consent=new.silence_is_consent,
        document_sha256=new.document.sha256,
        reference=new.document.reference,
        sent_by=str(actor),
    )
    session.add(notice)
    session.flush()
    lines = [
        {"tenant_id": session.tenant_id, "notice_id": notice.id, "receivable_id": receivable_id}
        for receivable_id in new.receivable_ids
    ]
    session.execute(insert(ConfirmationNoticeLine), lines)
    facts: dict[str, object] = {"invoices": len(lines), "answer_by": new.answer_by.isoformat()}
    audit.record(session, actor=actor, action="confirmation.asked", subject=notice.public_id, facts=facts, clock=clock)
    return notice


def _check_unanswered(session: TenantSession, new: NewNotice) -> None:
    """A notice asks for invoices the debtor never spoke of itself: verified ones, or confirmed by its silence."""
    open_ = select(col(Receivable.id)).where(
        col(Receivable.tenant_id) == session.tenant_id,
        col(Receivable.id) == any_of(new.receivable_ids),
        col(Receivable.debtor_id) == new.debtor_id,
        (col(Receivable.state) == _S.VERIFIED) | (col(Receivable.confirmation_grade) == _G.SILENT),
    )
    found = set(session.scalars(open_))
    missing = [each for each in new.receivable_ids if each not in found]
    if missing:
        raise NotConfirmable(count=len(missing), first=public_id("rcv", missing[0]))


def prove_delivery(
    session: TenantSession,
    notice_id: UUID,
    *,
    delivered_on: date,
    how: Delivery,
    document: Document,
    actor: Actor,
    clock: Clock,
) -> NoticeDelivery:
    """Another person than the sender records the proof that the notice arrived; only now does time run.

    The debtor has until the notice's date, and at least MIN_ANSWER_DAYS from delivery. Raises SamePerson,
    DeliveryOutOfTime, DeliveryProved, NotFound.
    """
    notice = find_notice(session, notice_id)
    check_two_people(notice.sent_by, actor)
    if not notice.sent_on <= delivered_on <= clock.today():
        raise DeliveryOutOfTime(sent_on=notice.sent_on, delivered_on=delivered_on)
    known = delivery_of(session, notice_id)
    if known is not None:
        raise DeliveryProved(notice=notice.public_id, delivered_on=known.delivered_on)
    delivery = NoticeDelivery(
        tenant_id=session.tenant_id,
        notice_id=notice_id,
        delivered_on=delivered_on,
        how=how,
        document_sha256=document.sha256,
        reference=document.reference,
        answer_until=max(notice.answer_by, delivered_on + timedelta(days=MIN_ANSWER_DAYS)),
        recorded_by=str(actor),
        recorded_at=clock.now(),
    )
    session.add(delivery)
    session.flush()
    facts: dict[str, object] = {"delivered_on": delivered_on.isoformat(), "how": how.value}
    audit.record(
        session, actor=actor, action="confirmation.delivered", subject=notice.public_id, facts=facts, clock=clock
    )
    return delivery


def find_notice(session: TenantSession, notice_id: UUID) -> ConfirmationNotice:
    """The notice. Raises NotFound."""
    found = session.get(ConfirmationNotice, (session.tenant_id, notice_id))
    if found is None:
        raise NotFound(kind="notice", reference=public_id(PREFIX, notice_id))
    return found


def delivery_of(session: TenantSession, notice_id: UUID) -> NoticeDelivery | None:
    """The proof that it arrived, if there is one."""
    return session.get(NoticeDelivery, (session.tenant_id, notice_id))


def take_silence_for_consent(session: TenantSession, on: date, *, clock: Clock) -> Counter[ConfirmationGrade]:
    """Confirm, for their face, the invoices whose debtor was silent until its time was up; returns how many by grade.

    `on` is the business date that closes: a debtor may answer on its last day. What silence had confirmed as `silent`
    becomes `deemed` where a later notice says so.
    """
    lapsed = _lapsed(session, on)
    if not lapsed:
        return Counter()
    locked = lock_receivables(session, [row.receivable_id for row in lapsed])
    # Read again under the lock: the debtor may have answered while we looked.
    still = [row for row in lapsed if _may_take(locked[row.receivable_id], _grade(row))]
    for grade in (_G.SILENT, _G.DEEMED):
        ids = [row.receivable_id for row in still if _grade(row) is grade]
        _confirm(session, ids, grade, clock)
    record_evidence(session, [_evidence(row, locked[row.receivable_id]) for row in still], actor=ACTOR, clock=clock)
    return Counter(_grade(row) for row in still)


def _lapsed(session: TenantSession, on: date) -> Sequence[Row[Any]]:
    """(receivable_id, deemed, notice_id, document): the best notice of each invoice whose time is up."""
    silently = (col(Receivable.confirmation_grade) == _G.SILENT) & col(Receivable.state).in_(_BY_SILENCE)
    return session.execute(
        select(
            col(Receivable.id).label("receivable_id"),
            col(ConfirmationNotice.silence_is_consent).label("deemed"),
            col(ConfirmationNotice.id).label("notice_id"),
            col(NoticeDelivery.document_sha256).label("document"),
        )
        .ext(distinct_on(col(Receivable.id)))
        .select_from(NoticeDelivery)
        .join(ConfirmationNotice, _one(NoticeDelivery.notice_id, ConfirmationNotice.id, session))
        .join(ConfirmationNoticeLine, _one(NoticeDelivery.notice_id, ConfirmationNoticeLine.notice_id, session))
        .join(Receivable, _one(ConfirmationNoticeLine.receivable_id, Receivable.id, session))
        .where(
            col(NoticeDelivery.tenant_id) == session.tenant_id,
            col(NoticeDelivery.answer_until) < on,
            (col(Receivable.state) == _S.VERIFIED) | (silently & col(ConfirmationNotice.silence_is_consent)),
            ~_answer_waits(),
        )
        .order_by(col(Receivable.id), col(ConfirmationNotice.silence_is_consent).desc(), col(ConfirmationNotice.id))
    ).all()


def _one(left: Any, right: Any, session: TenantSession) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    """A join that stays inside the tenant."""
    return and_(right.class_.tenant_id == session.tenant_id, left == right)


def _answer_waits() -> ColumnElement[bool]:
    """Whether the debtor's maker has answered and its checker has not signed yet: that is no silence."""
    return exists().where(
        col(ConfirmationLine.tenant_id) == col(Receivable.tenant_id),
        col(ConfirmationLine.receivable_id) == col(Receivable.id),
        col(Confirmation.tenant_id) == col(ConfirmationLine.tenant_id),
        col(Confirmation.id) == col(ConfirmationLine.confirmation_id),
        col(Confirmation.state) == ConfirmationState.PROPOSED,
    )


def _grade(lapsed: Row[Any]) -> ConfirmationGrade:
    return _G.DEEMED if lapsed.deemed else _G.SILENT


def _may_take(invoice: Receivable, grade: ConfirmationGrade) -> bool:
    if invoice.state is _S.VERIFIED:
        return True
    return invoice.state in _BY_SILENCE and grade.outranks(invoice.confirmation_grade)


def _confirm(session: TenantSession, ids: Collection[UUID], grade: ConfirmationGrade, clock: Clock) -> None:
    chosen = (col(Receivable.tenant_id) == session.tenant_id, col(Receivable.id) == any_of(ids))
    face = func.coalesce(Receivable.confirmed_minor, Receivable.face_minor)
    session.execute(
        update(Receivable)
        .where(*chosen)
        .values(confirmed_minor=face, confirmation_grade=grade)
        .execution_options(synchronize_session="fetch")
    )
    fresh = select(col(Receivable.id)).where(*chosen, col(Receivable.state) == _S.VERIFIED)
    reason = f"silent until the deadline: {grade.value}"
    move_all(session, Receivable, fresh, _S.CONFIRMED, actor=ACTOR, clock=clock, reason=reason)


def _evidence(lapsed: Row[Any], invoice: Receivable) -> Evidence:
    document = Document(lapsed.document, public_id(PREFIX, lapsed.notice_id))
    amount = invoice.confirmed_minor or invoice.face_minor
    return Evidence(invoice.id, EvidenceKind.SILENCE, document, _grade(lapsed), amount)
