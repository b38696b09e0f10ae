"""Lenders' claims on receivables: entries of a registry, notices to the debtor, and who is paid first (R13)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, literal, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from domain import audit
from domain.parties.queries import any_of, require_parties
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.platform.listing import find_row
from domain.receivables import queries
from domain.receivables.errors import ClaimDischarged, ClaimInTheFuture, ClaimOnRecord
from domain.receivables.evidence import Document
from domain.receivables.priority import Claim, priority
from domain.receivables.states import Delivery
from domain.receivables.tables import AssignmentNotice, ClaimDischarge, ClaimRegistration
from domain.values.actor import Actor
from domain.values.errors import InvalidValue
from domain.values.money import CurrencyMismatch, Money

REGISTRATION = "rgn"


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """An entry of a public registry, such as Zhongdeng's, as its receipt says."""

    receivable_id: UUID
    lender_id: UUID
    amount: Money
    registry_name: str
    registry_reference: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class NewAssignmentNotice:
    """A notice to the debtor that a lender holds the claim, as its proof says."""

    receivable_id: UUID
    lender_id: UUID
    amount: Money
    served_at: datetime
    how: Delivery
    document: Document


def record_registration(
    session: TenantSession, new: NewRegistration, *, actor: Actor, clock: Clock
) -> ClaimRegistration:
    """Put an entry of a registry on record.

    Raises ClaimOnRecord, ClaimInTheFuture, CurrencyMismatch, InvalidValue, NotFound.
    """
    _check_claim(session, new, new.registered_at, clock)
    row = ClaimRegistration(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        receivable_id=new.receivable_id,
        lender_id=new.lender_id,
        registry_name=new.registry_name,
        registry_reference=new.registry_reference,
        registered_at=new.registered_at,
        currency=new.amount.currency,
        amount_minor=new.amount.minor,
        recorded_by=str(actor),
    )
    added = session.scalar(
        upsert(ClaimRegistration)
        .values(**row.model_dump())
        .on_conflict_do_nothing()
        .returning(col(ClaimRegistration.id))
    )
    receivable = public_id("rcv", new.receivable_id)
    if added is None:
        raise ClaimOnRecord(receivable=receivable, reference=new.registry_reference)
    facts: dict[str, object] = {"receivable": receivable, "amount": str(new.amount)}
    audit.record(session, actor=actor, action="claim.registered", subject=row.public_id, facts=facts, clock=clock)
    return row


def record_assignment_notice(
    session: TenantSession, new: NewAssignmentNotice, *, actor: Actor, clock: Clock
) -> AssignmentNotice:
    """Put a served notice on record. Raises ClaimInTheFuture, CurrencyMismatch, InvalidValue, NotFound."""
    _check_claim(session, new, new.served_at, clock)
    row = AssignmentNotice(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        receivable_id=new.receivable_id,
        lender_id=new.lender_id,
        served_at=new.served_at,
        how=new.how,
        currency=new.amount.currency,
        amount_minor=new.amount.minor,
        document_sha256=new.document.sha256,
        reference=new.document.reference,
        recorded_by=str(actor),
    )
    session.add(row)
    session.flush()
    facts: dict[str, object] = {"receivable": public_id("rcv", new.receivable_id), "amount": str(new.amount)}
    audit.record(session, actor=actor, action="claim.notified", subject=row.public_id, facts=facts, clock=clock)
    return row


def _check_claim(
    session: TenantSession, new: NewRegistration | NewAssignmentNotice, at: datetime, clock: Clock
) -> None:
    if at > clock.now():
        raise ClaimInTheFuture(at=at.isoformat())
    _check_positive(new.amount)
    currency = queries.receivable(session, new.receivable_id).currency
    if new.amount.currency != currency:
        raise CurrencyMismatch(left=new.amount.currency, right=currency)
    require_parties(session, [new.lender_id])


def _check_positive(amount: Money) -> None:
    if amount.minor <= 0:
        raise InvalidValue(field="amount", value=str(amount), reason="it is not above zero", reason_zh="必须大于零")


def find_registration(session: TenantSession, registration_id: UUID) -> ClaimRegistration:
    """The registration. Raises NotFound."""
    reference = public_id(REGISTRATION, registration_id)
    return find_row(session, ClaimRegistration, registration_id, kind="registration", reference=reference)


def discharge_registration(
    session: TenantSession, registration_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> ClaimDischarge:
    """Let go of a registration before its receivable closes. Raises ClaimDischarged, NotFound."""
    registration = find_registration(session, registration_id)
    row = _discharge(session, registration_id, reason, actor, clock)
    added = session.scalar(
        upsert(ClaimDischarge).values(**row).on_conflict_do_nothing().returning(col(ClaimDischarge.registration_id))
    )
    found = session.get_one(ClaimDischarge, (session.tenant_id, registration_id))
    if added is None:
        raise ClaimDischarged(registration=registration.public_id, discharged_on=found.discharged_on)
    facts: dict[str, object] = {"reason": reason}
    subject = registration.public_id
    audit.record(session, actor=actor, action="claim.discharged", subject=subject, facts=facts, clock=clock)
    return found


def discharge_closed(session: TenantSession, receivable_ids: Collection[UUID], *, actor: Actor, clock: Clock) -> None:
    """Whatever is registered on receivables that close is discharged with them, by one statement."""
    if not receivable_ids:
        return
    row = _discharge(session, col(ClaimRegistration.id), "the receivable closed", actor, clock)
    standing = select_columns(*(value if name == "registration_id" else literal(value) for name, value in row.items()))
    session.execute(
        insert(ClaimDischarge).from_select(
            list(row),
            standing.where(*_standing(session), col(ClaimRegistration.receivable_id) == any_of(receivable_ids)),
        )
    )


def discharge_bought_back(
    session: TenantSession, pairs: Collection[tuple[UUID, UUID]], *, actor: Actor, clock: Clock
) -> None:
    """What (receivable, lender) pairs have registered is discharged once the seller has bought its invoice back (R11).

    Other lenders' entries on the same receivable stand.
    """
    if not pairs:
        return
    row = _discharge(session, col(ClaimRegistration.id), "the receivable was bought back", actor, clock)
    standing = select_columns(*(value if name == "registration_id" else literal(value) for name, value in row.items()))
    theirs = tuple_(col(ClaimRegistration.receivable_id), col(ClaimRegistration.lender_id)).in_(list(pairs))
    session.execute(insert(ClaimDischarge).from_select(list(row), standing.where(*_standing(session), theirs)))


def _discharge(
    session: TenantSession,
    registration_id: Any,  # noqa: ANN401 - an id or the column of ids
    reason: str,
    actor: Actor,
    clock: Clock,
) -> dict[str, Any]:
    return {
        "tenant_id": session.tenant_id,
        "registration_id": registration_id,
        "discharged_on": clock.today(),
        "reason": reason,
        "recorded_by": str(actor),
        "recorded_at": clock.now(),
    }


def _standing(session: TenantSession) -> Sequence[Any]:
    """Conditions: registrations of the tenant that nobody discharged."""
    gone = exists().where(
        col(ClaimDischarge.tenant_id) == col(ClaimRegistration.tenant_id),
        col(ClaimDischarge.registration_id) == col(ClaimRegistration.id),
    )
    return col(ClaimRegistration.tenant_id) == session.tenant_id, ~gone


def registered_claims(session: TenantSession, receivable_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(receivable, lender) of the registrations that stand on the receivables."""
    found = session.execute(
        select_columns(col(ClaimRegistration.receivable_id), col(ClaimRegistration.lender_id)).where(
            *_standing(session), col(ClaimRegistration.receivable_id) == any_of(receivable_ids)
        )
    )
    return {(receivable_id, lender_id) for receivable_id, lender_id in found}


def registrations_on(
    session: TenantSession, receivable_id: UUID
) -> list[tuple[ClaimRegistration, ClaimDischarge | None]]:
    """Every registration of the receivable with its discharge, in the order they rank."""
    found = session.execute(
        select_columns(ClaimRegistration, ClaimDischarge)
        .outerjoin(
            ClaimDischarge,
            (col(ClaimDischarge.tenant_id) == col(ClaimRegistration.tenant_id))
            & (col(ClaimDischarge.registration_id) == col(ClaimRegistration.id)),
        )
        .where(
            col(ClaimRegistration.tenant_id) == session.tenant_id,
            col(ClaimRegistration.receivable_id) == receivable_id,
        )
        .order_by(col(ClaimRegistration.registered_at), col(ClaimRegistration.id))
    )
    return [(registration, discharge) for registration, discharge in found]


def assignment_notices_on(session: TenantSession, receivable_id: UUID) -> list[AssignmentNotice]:
    """Every notice of the receivable, in the order they were served."""
    return list(
        session.exec(
            select(AssignmentNotice)
            .where(AssignmentNotice.tenant_id == session.tenant_id, AssignmentNotice.receivable_id == receivable_id)
            .order_by(col(AssignmentNotice.served_at), col(AssignmentNotice.id))
        )
    )


def claims_on(session: TenantSession, receivable_id: UUID) -> list[Claim]:
    """The claims that stand: each registration by itself; a notice, where its lender has nothing registered."""
    registered = [each for each, discharge in registrations_on(session, receivable_id) if discharge is None]
    lenders = {each.lender_id for each in registered}
    notified = [each for each in assignment_notices_on(session, receivable_id) if each.lender_id not in lenders]
    return [
        *(Claim(each.lender_id, _amount(each), registered_at=each.registered_at) for each in registered),
        *(Claim(each.lender_id, _amount(each), notified_at=each.served_at) for each in notified),
    ]


def _amount(row: ClaimRegistration | AssignmentNotice) -> Money:
    return Money.from_minor(row.amount_minor, row.currency)


@dataclass(frozen=True, slots=True)
class Preview:
    """What each lender gets as claims stand, and what it would get if one more appeared."""

    now: Mapping[UUID, Money]
    then: Mapping[UUID, Money]


def preview_priority(claims: Sequence[Claim], another: Claim, amount: Money) -> Preview:
    """Who gets what of `amount` now, and if `another` claim appeared. Raises CurrencyMismatch, InvalidValue."""
    _check_positive(another.amount)
    return Preview(priority(claims, amount), priority([*claims, another], amount))
