"""Plans: what payers owe a client and when, registered in bulk, each checked against its mandate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import any_, func, literal, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import String
from sqlmodel import col, select

from domain.collection.clients import active_client
from domain.collection.errors import DuesMoved, MandateDoesNotFit, PlanExists, PlanNeedsDates
from domain.collection.rules import check_day, check_instalments
from domain.collection.states import DueState, Frequency, Limb, PlanKind, PlanState
from domain.collection.tables import Client, Due, Mandate, Plan
from domain.parties.queries import any_of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.platform.transitions import move_all
from domain.values.actor import Actor
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError, NotFound
from domain.values.money import Money

PREFIX = "pln"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a total, and its day."""

    due_on: date
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan as a client brings it; `reference` is how the client calls it.

    A subscription has a `frequency` and the `amount` of each due; instalments have their parts, which come to `amount`;
    a one-off has one day.
    """

    reference: str
    payer_id: UUID
    mandate_id: UUID
    kind: PlanKind
    amount: Money
    first_on: date
    frequency: Frequency | None = None
    day: int | None = None
    ends_on: date | None = None
    instalments: Sequence[Instalment] = ()
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class RefusedPlan:
    """A plan of a list that was not registered: its place in the list, from 0, and why."""

    place: int
    refusal: DomainError


def register_plans(
    session: TenantSession,
    client_id: UUID,
    new: Sequence[NewPlan],
    *,
    calendar: BusinessCalendar,
    actor: Actor,
    clock: Clock,
) -> tuple[list[UUID], list[RefusedPlan]]:
    """Register those plans of the list that are in order; returns their ids, and the others with their reasons.

    Dues of instalments and one-offs are made at once, those of subscriptions as their days come near. Raises
    ClientNotActive, NotFound, and PlanExists when somebody registers one of them at the same moment.
    """
    client = active_client(session, client_id)
    good, refused = sort_out(session, client, new, clock.today())
    insert_plans(session, client, good, calendar, actor=actor, clock=clock)
    return [plan.id for plan in good], refused


def sort_out(
    session: TenantSession, client: Client, new: Sequence[NewPlan], today: date
) -> tuple[list[NewPlan], list[RefusedPlan]]:
    """Those of the list that are in order, and the others with their reasons."""
    mandates = _mandates(session, [plan.mandate_id for plan in new])
    taken = _known_references(session, client.id, [plan.reference for plan in new])
    good: list[NewPlan] = []
    refused: list[RefusedPlan] = []
    for place, plan in enumerate(new):
        refusal = _refusal(client, plan, mandates, taken, today)
        if refusal is None:
            taken.add(plan.reference)
            good.append(plan)
        else:
            refused.append(RefusedPlan(place, refusal))
    return good, refused


def _refusal(
    client: Client, plan: NewPlan, mandates: Mapping[UUID, Mandate], taken: Collection[str], today: date
) -> DomainError | None:
    try:
        if plan.reference in taken:
            raise PlanExists(references=[plan.reference])
        if plan.first_on < today:
            raise _lacking(plan, f"it begins before today, {today}", f"首日早于今日 {today}")
        check_shape(plan)
        _check_mandate(client, plan, mandates)
    except DomainError as refusal:
        return refusal
    return None


def check_shape(plan: NewPlan) -> None:
    """A plan says what its kind needs. Raises PlanNeedsDates, InstalmentsDoNotAddUp, NoSuchDay."""
    if plan.ends_on is not None and plan.ends_on < plan.first_on:
        raise _lacking(plan, "it ends before it begins", "结束日早于开始日")
    if (plan.kind is PlanKind.SUBSCRIPTION) != (plan.frequency is not None):
        raise _lacking(plan, "a subscription, and nothing else, has a frequency", "仅订阅计划须指定频率")
    if (plan.kind is PlanKind.INSTALMENTS) != bool(plan.instalments):
        raise _lacking(plan, "instalments, and nothing else, have parts", "仅分期计划须列明各期")
    if plan.instalments:
        days = [part.due_on for part in plan.instalments]
        if days != sorted(set(days)) or days[0] != plan.first_on:
            raise _lacking(
                plan, "its parts fall due one after another, from the first day on", "各期到期日须自首日起递增"
            )
        check_instalments(plan.amount, [part.amount for part in plan.instalments])
    check_day(plan.day if plan.day is not None else min(plan.first_on.day, 28))
    if not Money.zero(plan.amount.currency) < plan.amount:
        raise _lacking(plan, "its amount is nothing", "金额须大于零")


def _lacking(plan: NewPlan, reason_en: str, reason_zh: str) -> PlanNeedsDates:
    return PlanNeedsDates(reference=plan.reference, reason_en=reason_en, reason_zh=reason_zh)


def _check_mandate(client: Client, plan: NewPlan, mandates: Mapping[UUID, Mandate]) -> None:
    """What can be known before a debit is made; the debit itself is checked limb by limb on its day."""
    mandate = mandates.get(plan.mandate_id)
    if mandate is None or mandate.party_id != plan.payer_id:
        raise NotFound(kind="mandate", reference=plan.mandate_id)
    each = max((part.amount for part in plan.instalments), default=plan.amount)
    terms = mandate.terms
    failed = {
        Limb.PURPOSE: terms.purpose is not client.purpose,
        Limb.PAYEE: terms.payee_id not in {None, client.operator_id},
        Limb.CURRENCY: not (terms.currency == client.currency == plan.amount.currency),
    }
    if not failed[Limb.CURRENCY]:
        failed[Limb.AMOUNT] = terms.max_amount is not None and terms.max_amount < each
    limbs = sorted(limb.value for limb, wrong in failed.items() if wrong)
    if limbs:
        raise MandateDoesNotFit(mandate=mandate.public_id, reference=plan.reference, limbs=limbs)


def _mandates(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, Mandate]:
    found = session.exec(
        select(Mandate).where(Mandate.tenant_id == session.tenant_id, col(Mandate.id) == any_of(set(ids)))
    )
    return {mandate.id: mandate for mandate in found}


def _known_references(session: TenantSession, client_id: UUID, references: Sequence[str]) -> set[str]:
    known = session.exec(
        select(Plan.reference).where(
            Plan.tenant_id == session.tenant_id,
            Plan.client_id == client_id,
            col(Plan.reference) == any_(literal(list(references), ARRAY(String))),
        )
    )
    return set(known)


def insert_plans(
    session: TenantSession,
    client: Client,
    plans: Sequence[NewPlan],
    calendar: BusinessCalendar,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """Plans that are in order, with the dues whose days are known, all of them or none. Raises PlanExists."""
    if not plans:
        return
    rows = [_row(client, plan, actor, clock) for plan in plans]
    made = set(session.scalars(insert(Plan).on_conflict_do_nothing().returning(col(Plan.id)), rows))
    missing = [plan.reference for plan in plans if plan.id not in made]
    if missing:
        raise PlanExists(references=missing)
    dues = [due for plan in plans for due in _fixed_dues(client, plan, calendar, clock)]
    if dues:
        session.execute(insert(Due), dues)


def _row(client: Client, plan: NewPlan, actor: Actor, clock: Clock) -> dict[str, Any]:
    fixed = plan.kind is not PlanKind.SUBSCRIPTION
    last = max((part.due_on for part in plan.instalments), default=plan.first_on) if fixed else None
    return {
        "tenant_id": client.tenant_id,
        "id": plan.id,
        "created_at": clock.now(),
        "client_id": client.id,
        "payer_id": plan.payer_id,
        "mandate_id": plan.mandate_id,
        "reference": plan.reference,
        "kind": plan.kind,
        "currency": plan.amount.currency,
        "amount_minor": plan.amount.minor,
        "frequency": plan.frequency,
        "day": plan.day if plan.day is not None else min(plan.first_on.day, 28),
        "first_on": plan.first_on,
        "ends_on": last or plan.ends_on,
        "laid_out_until": last,
        "state": PlanState.ACTIVE,
        "made_by": str(actor),
    }


def _fixed_dues(client: Client, plan: NewPlan, calendar: BusinessCalendar, clock: Clock) -> list[dict[str, Any]]:
    """The dues of instalments and one-offs, whose days are known."""
    if plan.kind is PlanKind.SUBSCRIPTION:
        return []
    parts = plan.instalments or [Instalment(plan.first_on, plan.amount)]
    return [due_row(client, plan, part, calendar.roll(part.due_on, client.roll), clock) for part in parts]


def due_row(
    client: Client, plan: NewPlan | Plan, part: Instalment, rolled_due_on: date, clock: Clock
) -> dict[str, Any]:
    """A due of a plan as a row."""
    return {
        "tenant_id": client.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "plan_id": plan.id,
        "client_id": client.id,
        "payer_id": plan.payer_id,
        "mandate_id": plan.mandate_id,
        "currency": part.amount.currency,
        "amount_minor": part.amount.minor,
        "due_on": part.due_on,
        "rolled_due_on": rolled_due_on,
        "round": 1,
        "state": DueState.PLANNED,
        "fee_minor": 0,
        "failure_reason": "",
        "dunning_level": 0,
        "ordinary": False,
    }


def move_plans(
    session: TenantSession, ids: Collection[UUID], to: PlanState, *, reason: str, actor: Actor, clock: Clock
) -> None:
    """Pause, resume or end plans; an ended plan's dues that no payer was told of are cancelled. Raises DuesMoved."""
    chosen = sorted(set(ids))
    moved = move_all(session, Plan, chosen, to, actor=actor, clock=clock, reason=reason)
    if moved != len(chosen):
        raise DuesMoved(expected=len(chosen), moved=moved, target=to.value)
    if to is PlanState.ACTIVE:
        _skip_the_pause(session, chosen, clock.today())
    if to is PlanState.ENDED:
        untold = select(Due.id).where(
            Due.tenant_id == session.tenant_id,
            col(Due.plan_id) == any_of(chosen),
            Due.state == DueState.PLANNED,
        )
        move_all(session, Due, untold, DueState.CANCELLED, actor=actor, clock=clock, reason=reason)


def _skip_the_pause(session: TenantSession, ids: Collection[UUID], today: date) -> None:
    """What would have fallen due while a plan was paused is not owed."""
    before = func.coalesce(col(Plan.laid_out_until), col(Plan.first_on) - 1)
    session.execute(
        update(Plan)
        .where(col(Plan.tenant_id) == session.tenant_id, col(Plan.id) == any_of(ids))
        .values(laid_out_until=func.greatest(before, today - timedelta(days=1)))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def find_plan(session: TenantSession, plan_id: UUID) -> Plan:
    """The plan. Raises NotFound."""
    found = session.get(Plan, (session.tenant_id, plan_id))
    if found is None:
        raise NotFound(kind="plan", reference=plan_id)
    return found
