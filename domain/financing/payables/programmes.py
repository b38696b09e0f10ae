"""Programmes: a buyer's maker proposes terms, limits and lenders; its checker puts them in force."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from domain.approvals import service as approvals
from domain.financing.contracts import price_of
from domain.financing.errors import RateOutOfRange
from domain.financing.facilities import find_facility
from domain.financing.lenders import lending_law, licences
from domain.financing.payables.errors import BadProgrammeLimit, ProgrammeNotActive
from domain.financing.payables.states import ProgrammeState
from domain.financing.payables.tables import Programme, ProgrammeFacility
from domain.financing.tables import Facility
from domain.parties.queries import require_parties
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.day_count import DayCount
from domain.values.errors import NotFound
from domain.values.money import Money
from domain.values.rounding import Rounding

APPROVAL = "payables_programme"
HIGHEST_RATE = Decimal("0.36")  # as for facilities: beyond is 8 % written as 8, or worse
LONGEST_NOTICE = 180


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """A programme as its maker proposes it. `annual_rate` is the dynamic discount (R18), a fraction.

    `payer_id` is whose own accounts pay early, the buyer where none is given; `facilities` says of each lender's line
    that may buy whether it has recourse to the supplier; `waives_defences` that the buyer pays whoever holds the
    invoice, whatever the supplier did.
    """

    buyer_id: UUID
    limit: Money
    own_cash_limit: Money
    liquidity_floor: Money
    annual_rate: Decimal
    payer_id: UUID | None = None
    day_count: DayCount = DayCount.ACT_365F
    rounding: Rounding = Rounding.HALF_UP
    min_days_early: int = 5
    waives_defences: bool = False
    facilities: Mapping[UUID, bool] = field(default_factory=dict)


def propose_programme(session: TenantSession, new: NewProgramme, *, actor: Actor, clock: Clock) -> Programme:
    """The buyer's maker proposes a programme.

    Raises BadProgrammeLimit, RateOutOfRange, LenderWithoutLicence, RateOverLine, CurrencyMismatch, NotFound.
    """
    _check(session, new)
    _require_licensed(session, [find_facility(session, each) for each in new.facilities], clock)
    programme = Programme(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        buyer_id=new.buyer_id,
        payer_id=new.payer_id or new.buyer_id,
        currency=new.limit.currency,
        limit_minor=new.limit.minor,
        own_cash_limit_minor=new.own_cash_limit.minor,
        liquidity_floor_minor=new.liquidity_floor.minor,
        annual_rate=new.annual_rate,
        day_count=new.day_count,
        rounding=new.rounding,
        min_days_early=new.min_days_early,
        waives_defences=new.waives_defences,
        state=ProgrammeState.PROPOSED,
        made_by=str(actor),
    )
    session.add(programme)
    session.flush()
    for facility_id, recourse in new.facilities.items():
        session.add(
            ProgrammeFacility(
                tenant_id=session.tenant_id, programme_id=programme.id, facility_id=facility_id, recourse=recourse
            )
        )
    session.flush()
    # As the database keeps it: the checker's digest is made of what was read, where 0.08 has nine decimals.
    session.refresh(programme)
    _put_before_checker(session, programme, actor=actor, clock=clock)
    return programme


def _check(session: TenantSession, new: NewProgramme) -> None:
    zero = Money.zero(new.limit.currency)
    for name, limit, least in (
        ("limit", new.limit, Money.from_minor(1, zero.currency)),
        ("own_cash_limit", new.own_cash_limit, zero),
        ("liquidity_floor", new.liquidity_floor, zero),
    ):
        if limit < least:
            raise BadProgrammeLimit(field=name, value=str(limit))
    for name, value, low, high in (
        ("annual_rate", new.annual_rate, Decimal(0), HIGHEST_RATE),
        ("min_days_early", Decimal(new.min_days_early), Decimal(1), Decimal(LONGEST_NOTICE)),
    ):
        if not low <= value <= high:
            raise RateOutOfRange(field=name, value=value, low=low, high=high)
    require_parties(session, {new.buyer_id, new.payer_id or new.buyer_id})


def _require_licensed(session: TenantSession, lines: Collection[Facility], clock: Clock) -> None:
    """The lenders that are to buy may do so by today's law; who lends otherwise is asked again with each offer."""
    rights = licences(session, {line.lender_id for line in lines})
    law = lending_law(session, clock.today()) if lines else None
    for line in lines:
        assert law is not None
        law.check(line.lender_id, rights[line.lender_id], price_of(line))


def _put_before_checker(session: TenantSession, programme: Programme, *, actor: Actor, clock: Clock) -> None:
    digest = programme_digest(session, programme)
    approvals.propose(session, kind=APPROVAL, subject_id=programme.id, digest=digest, actor=actor, clock=clock)


def approve_programme(session: TenantSession, programme_id: UUID, *, actor: Actor, clock: Clock) -> Programme:
    """The buyer's checker puts the programme in force, as proposed, or again. Raises SamePerson, DigestChanged."""
    programme = lock_programme(session, programme_id)
    digest = programme_digest(session, programme)
    approvals.approve(session, kind=APPROVAL, subject_id=programme_id, digest=digest, actor=actor, clock=clock)
    move(session, programme, ProgrammeState.ACTIVE, actor=actor, clock=clock)
    return programme


def suspend_programme(
    session: TenantSession, programme_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Programme:
    """Stop at once: one person may. What is ordered already still leaves; nothing new is taken or offered."""
    programme = lock_programme(session, programme_id)
    move(session, programme, ProgrammeState.SUSPENDED, actor=actor, clock=clock, reason=reason)
    programme.suspensions += 1
    return programme


def propose_resumption(session: TenantSession, programme_id: UUID, *, actor: Actor, clock: Clock) -> Programme:
    """Ask for a suspended programme to go on; a second person approves it. Raises ProgrammeNotActive, NotFound."""
    programme = lock_programme(session, programme_id)
    if programme.state is not ProgrammeState.SUSPENDED:
        raise ProgrammeNotActive(programme=programme.public_id, state=programme.state.value)
    _put_before_checker(session, programme, actor=actor, clock=clock)
    return programme


def close_programme(
    session: TenantSession, programme_id: UUID, *, reason: str, actor: Actor, clock: Clock
) -> Programme:
    """End it for good. What it confirmed stays owed, and its roll-forward goes on until all of it is paid."""
    programme = lock_programme(session, programme_id)
    move(session, programme, ProgrammeState.CLOSED, actor=actor, clock=clock, reason=reason)
    return programme


def find_programme(session: TenantSession, programme_id: UUID) -> Programme:
    """The programme. Raises NotFound."""
    found = session.get(Programme, (session.tenant_id, programme_id))
    if found is None:
        raise NotFound(kind="programme", reference=programme_id)
    return found


def lock_programme(session: TenantSession, programme_id: UUID) -> Programme:
    """The programme, locked until commit with all that the same firm pays for. Raises NotFound.

    Its limits, and the payer's idle cash, are used up by one at a time.
    """
    payer_id = find_programme(session, programme_id).payer_id
    locked = session.exec(
        select(Programme)
        .where(Programme.tenant_id == session.tenant_id, Programme.payer_id == payer_id)
        .order_by(col(Programme.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return next(programme for programme in locked.all() if programme.id == programme_id)


def require_active(programme: Programme) -> Programme:
    """The programme itself, if it is in force. Raises ProgrammeNotActive."""
    if programme.state is not ProgrammeState.ACTIVE:
        raise ProgrammeNotActive(programme=programme.public_id, state=programme.state.value)
    return programme


def active_programmes(session: TenantSession) -> list[Programme]:
    """Those in force, oldest first."""
    return list(
        session.exec(
            select(Programme)
            .where(Programme.tenant_id == session.tenant_id, Programme.state == ProgrammeState.ACTIVE)
            .order_by(col(Programme.id))
        )
    )


def facilities_of(session: TenantSession, programme_id: UUID) -> Sequence[ProgrammeFacility]:
    """The lenders' lines that may buy under it."""
    return session.exec(
        select(ProgrammeFacility)
        .where(ProgrammeFacility.tenant_id == session.tenant_id, ProgrammeFacility.programme_id == programme_id)
        .order_by(col(ProgrammeFacility.facility_id))
    ).all()


def programme_digest(session: TenantSession, programme: Programme) -> str:
    """What a checker approves: every term, and which lines may buy; a resumption differs by its suspension."""
    decided = programme.model_dump(mode="json", exclude={"state", "created_at", "made_by"})
    lines = [(str(line.facility_id), line.recourse) for line in facilities_of(session, programme.id)]
    return sha256(repr((sorted(decided.items()), lines)).encode()).hexdigest()
