"""Checking receivables against the rules of eligibility, many at once, and keeping what every rule saw."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Row, Select, and_, func, insert, select
from sqlmodel import col

from domain.law.rows import legal_limits
from domain.platform.binds import TENANT, any_id, of
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.receivables.eligibility import OWED, STANDARD, Eligibility, EligibilityPolicy, Facts, Result, eligibility
from domain.receivables.errors import NotEligible
from domain.receivables.parts.wholes import held_untold
from domain.receivables.states import Verdict
from domain.receivables.surroundings import PARTY, RECEIVABLE, affiliated, in_states, owed_back, unpaid
from domain.receivables.tables import EligibilityCheck
from domain.values.actor import Actor, system
from domain.values.errors import NotFound
from domain.values.money import Money

CHECKER = system("eligibility")
_COLUMNS = (
    *("id", "parent_id", "currency", "state", "issued_on", "due_on", "delivered_on"),
    *("red_lettered", "not_assignable", "is_certificate"),
)
_CHOSEN = (*_COLUMNS, "seller_id", "debtor_id", "confirmed_minor", "diluted_minor", "paid_minor")


def check_eligibility(
    session: TenantSession,
    receivable_ids: Collection[UUID],
    *,
    policy: EligibilityPolicy = STANDARD,
    clock: Clock,
    actor: Actor = CHECKER,
) -> Mapping[UUID, Eligibility]:
    """Check every receivable by every rule, and keep inputs and results. Raises NotFound."""
    rows = _facts(session, receivable_ids)
    missing = set(receivable_ids) - rows.keys()
    if missing:
        raise NotFound(kind="receivable", reference=public_id("rcv", min(missing)))
    today, law = clock.today(), legal_limits(session)
    checked = {receivable_id: eligibility(facts, policy, today, law) for receivable_id, facts in rows.items()}
    _keep(session, checked, policy, actor, clock)
    return checked


def require_eligible(
    session: TenantSession, receivable_ids: Collection[UUID], *, policy: EligibilityPolicy = STANDARD, clock: Clock
) -> Mapping[UUID, Eligibility]:
    """The same, for who is about to lend on them. Raises NotEligible with the failed rules and their figures."""
    checked = check_eligibility(session, receivable_ids, policy=policy, clock=clock)
    failed = {each: result for each, result in checked.items() if result.verdict is Verdict.FAIL}
    if failed:
        first = next(each for each in receivable_ids if each in failed)
        numbers = tuple(dict.fromkeys(result.source for result in failed[first].failed))
        raise NotEligible(
            count=len(failed), first=public_id("rcv", first), rules=_failed_rules(failed[first]), numbers=numbers
        )
    return checked


def lost_eligibility(
    session: TenantSession, receivable_ids: Collection[UUID], *, policy: EligibilityPolicy = STANDARD, clock: Clock
) -> Mapping[UUID, str]:
    """Those that were eligible when they were asked for and are not any more: which rules failed, on what figures.

    Their checks are kept; that the others are as they were is not written down again every time somebody looks.
    """
    today, law = clock.today(), legal_limits(session)
    found = {each: eligibility(facts, policy, today, law) for each, facts in _facts(session, receivable_ids).items()}
    failed = {each: result for each, result in found.items() if result.verdict is Verdict.FAIL}
    _keep(session, failed, policy, CHECKER, clock)
    return {each: _failed_rules(result) for each, result in failed.items()}


def eligibility_checks(
    session: TenantSession, receivable_id: UUID, *, before: UUID | None = None, limit: int
) -> list[EligibilityCheck]:
    """The checks of a receivable, latest first."""
    kept = select(EligibilityCheck).where(
        col(EligibilityCheck.tenant_id) == session.tenant_id, col(EligibilityCheck.receivable_id) == receivable_id
    )
    if before is not None:
        kept = kept.where(col(EligibilityCheck.id) < before)
    return list(session.scalars(kept.order_by(col(EligibilityCheck.id).desc()).limit(limit)))


def contra_of(session: TenantSession, receivable_ids: Collection[UUID]) -> Mapping[UUID, Money]:
    """What of each receivable stands against what its seller owes its debtor (R20), by one statement; those with some.

    In the order they fall due. Less that, the unpaid balance may be lent on (R1).
    """
    if not receivable_ids:
        return {}
    session.flush()
    found = session.execute(_contra_select(), of(session, receivable_ids))
    return {row.id: Money.from_minor(int(row.minor), row.currency) for row in found}


@cache
def _contra_select() -> Select[Any]:
    chosen = _chosen()
    contra = _contra(chosen)
    return (
        select(chosen.c.id, chosen.c.currency, contra.c.minor)
        .join(contra, contra.c.id == chosen.c.id)
        .where(contra.c.minor > 0)
    )


def _chosen() -> CTE:
    wanted = select(*(RECEIVABLE.c[name] for name in _CHOSEN))
    return wanted.where(RECEIVABLE.c.tenant_id == TENANT, RECEIVABLE.c.id == any_id()).cte("chosen")


def _contra(chosen: CTE) -> CTE:
    pairs = select(chosen.c.seller_id, chosen.c.debtor_id, chosen.c.currency).distinct().cte("pairs")
    return _placed(owed_back(TENANT, pairs))


def _facts(session: TenantSession, receivable_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """What the rules look at, of all receivables by one statement.

    What a seller owes its debtor stands against the receivables of the two in the order they fall due.
    """
    session.flush()
    found = session.execute(_facts_select(), of(session, receivable_ids)).all()
    parts = [row.id for row in found if row.parent_id is not None]
    untold = held_untold(session, parts) if parts else set()
    return {row.id: _as_facts(row, told_of_holder=row.id not in untold) for row in found}


@cache
def _facts_select() -> Select[Any]:
    chosen = _chosen()
    contra = _contra(chosen)
    seller, debtor = PARTY.alias("of_seller"), PARTY.alias("of_debtor")
    return (
        select(
            *(chosen.c[name] for name in _COLUMNS),
            unpaid(chosen).label("unpaid"),
            func.coalesce(contra.c.minor, 0).label("contra"),
            affiliated(TENANT, seller, debtor).label("affiliate"),
            seller.c.is_small.label("seller_is_small"),
            debtor.c.is_small.label("debtor_is_small"),
        )
        .select_from(chosen)
        .join(seller, and_(seller.c.tenant_id == TENANT, seller.c.id == chosen.c.seller_id))
        .join(debtor, and_(debtor.c.tenant_id == TENANT, debtor.c.id == chosen.c.debtor_id))
        .outerjoin(contra, contra.c.id == chosen.c.id)
    )


def _placed(back: CTE) -> CTE:
    open_ = RECEIVABLE.alias("open")
    own = unpaid(open_)
    through = func.sum(own).over(
        partition_by=(open_.c.seller_id, open_.c.debtor_id, open_.c.currency), order_by=(open_.c.due_on, open_.c.id)
    )
    return (
        select(open_.c.id, func.least(func.greatest(back.c.minor - (through - own), 0), own).label("minor"))
        .join(
            back,
            and_(
                open_.c.seller_id == back.c.seller_id,
                open_.c.debtor_id == back.c.debtor_id,
                open_.c.currency == back.c.currency,
            ),
        )
        .where(open_.c.tenant_id == TENANT, in_states(open_, OWED))
        .cte("contra")
    )


def _as_facts(row: Row[Any], *, told_of_holder: bool) -> Facts:
    return Facts(
        state=row.state,
        unpaid=Money.from_minor(row.unpaid, row.currency),
        contra=Money.from_minor(int(row.contra), row.currency),
        issued_on=row.issued_on,
        due_on=row.due_on,
        delivered_on=row.delivered_on,
        affiliate=row.affiliate,
        red_lettered=row.red_lettered,
        not_assignable=row.not_assignable,
        is_certificate=row.is_certificate,
        seller_is_small=row.seller_is_small,
        debtor_is_small=row.debtor_is_small,
        told_of_holder=told_of_holder,
    )


def _keep(
    session: TenantSession, checked: Mapping[UUID, Eligibility], policy: EligibilityPolicy, actor: Actor, clock: Clock
) -> None:
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": uuid7(),
            "created_at": clock.now(),
            "receivable_id": receivable_id,
            "checked_on": clock.today(),
            "policy_version": policy.version,
            "verdict": result.verdict,
            "currency": result.eligible.currency,
            "eligible_minor": result.eligible.minor,
            "results": [each.as_json() for each in result.results],
            "checked_by": str(actor),
        }
        for receivable_id, result in checked.items()
    ]
    if rows:
        session.execute(insert(EligibilityCheck.__table__), rows)  # type: ignore[attr-defined]


def _failed_rules(checked: Eligibility) -> str:
    return "; ".join(_told(result) for result in checked.failed)


def _told(result: Result) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in result.inputs.items())
    return f"{result.rule} ({figures})"
