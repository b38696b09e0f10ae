"""Every debit against its mandate, limb by limb, as a set operation; `rules.failed_limbs` says the same of one.

What a mandate does not cover is not instructed but kept as a refusal; what it covers is instructed with the version it
was checked against and the limbs it passed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    SmallInteger,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking.states import HOLDS_OBLIGATION, Purpose
from domain.banking.tables import Instruction
from domain.collection.states import Cycle, Limb, MandatePurpose, MandateState
from domain.collection.tables import DebitRefusal, Mandate
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession

ALL_LIMBS = sum(limb.bit for limb in Limb)
# What a mandate must be for, by what the money is for; an owner of dues may say it in a column of its own.
PURPOSES: Mapping[Purpose, MandatePurpose] = {
    Purpose.RECEIVABLE_COLLECTION: MandatePurpose.TRADE_PAYMENT,
    Purpose.RECOURSE_COLLECTION: MandatePurpose.LOAN_REPAYMENT,
    Purpose.SALES_COLLECTION: MandatePurpose.LOAN_REPAYMENT,
    Purpose.SWEEP: MandatePurpose.FUND_SWEEP,
}
_COLUMNS = Mandate.__table__.c  # type: ignore[attr-defined]
_ORDINARY = (Limb.STATE, Limb.TERM, Limb.PAYEE, Limb.PURPOSE, Limb.ACCOUNT, Limb.CURRENCY, Limb.AMOUNT)


def covered(session: TenantSession, source: Select[Any], on: date) -> Select[Any]:
    """The dues of `source` that need no mandate or are covered by theirs, with what they were checked against."""
    checked = _checked(session, source, on)
    passed = [column for column in checked.c if column.name not in {"failed", "ordinary"}]
    return select(*passed, case((checked.c.mandate_id.is_not(None), ALL_LIMBS)).label("mandate_limbs")).where(
        checked.c.failed == 0
    )


def record_refusals(session: TenantSession, source: Select[Any], on: date, *, clock: Clock) -> int:
    """Keep what no mandate covers, once a day and obligation; returns how many are new."""
    checked = _checked(session, source, on)
    rows = select(
        literal(session.tenant_id),
        checked.c.mandate_id,
        literal(on, Date),
        checked.c.obligation_key,
        checked.c.mandate_version,
        checked.c.failed,
        checked.c.amount_minor,
        checked.c.currency,
        literal(clock.now()),
    ).where(checked.c.failed > 0)
    columns = ["tenant_id", "mandate_id", "refused_on", "obligation_key", "version", "limbs", "amount_minor"]
    kept = insert(DebitRefusal).from_select([*columns, "currency", "at"], rows).on_conflict_do_nothing()
    return len(session.execute(kept.returning(col(DebitRefusal.obligation_key))).all())


def _checked(session: TenantSession, source: Select[Any], on: date) -> Subquery:
    """Every due with `failed`: the bits of the limbs it fails on."""
    due = source.subquery("due")
    ordinary = _ordinary(session, due)
    # Only debits that are otherwise in order use a limit up, in the order of their obligations.
    alike = [ordinary.c.mandate_id, ordinary.c.ordinary]
    before = func.row_number().over(partition_by=alike, order_by=ordinary.c.obligation_key) - 1
    sum_until = func.sum(ordinary.c.amount_minor).over(partition_by=alike, order_by=ordinary.c.obligation_key)
    mandate = _COLUMNS
    limited = or_(mandate.max_per_cycle.is_not(None), mandate.max_total_minor.is_not(None))
    used = _used(session, mandate, on, limited)
    over = _bits(
        {
            Limb.COUNT: used.c.count_in_cycle + before >= mandate.max_per_cycle,
            Limb.TOTAL: used.c.total + sum_until > mandate.max_total_minor,
        }
    )
    checked = (
        select(
            *ordinary.c,
            mandate.version.label("mandate_version"),
            func.coalesce(limited, literal(value=False)).label("mandate_limited"),
            cast(ordinary.c.ordinary + case((ordinary.c.ordinary == 0, over), else_=0), SmallInteger).label("failed"),
        )
        .join_from(
            ordinary,
            Mandate,
            and_(mandate.tenant_id == session.tenant_id, mandate.id == ordinary.c.mandate_id),
            isouter=True,
        )
        .join(used, true(), isouter=True)
    )
    return checked.subquery("checked")


def _ordinary(session: TenantSession, due: Subquery) -> Subquery:
    """Every due with `ordinary`: the bits of what it fails on by itself, whatever else is debited."""
    mandate = _COLUMNS
    own = BankAccount.__table__.c  # type: ignore[attr-defined]
    same_currency = mandate.currency == due.c.currency
    in_term = and_(mandate.signed_on <= due.c.due_on, or_(mandate.ends_on.is_(None), mandate.ends_on >= due.c.due_on))
    fails = {
        Limb.STATE: mandate.state != MandateState.ACTIVE,
        Limb.TERM: ~in_term,
        Limb.PAYEE: mandate.payee_id != own.party_id,
        Limb.PURPOSE: cast(mandate.purpose, String) != _purpose(due),
        Limb.ACCOUNT: mandate.account_id != due.c.counter_account_id,
        Limb.CURRENCY: ~same_currency,
        Limb.AMOUNT: and_(same_currency, mandate.max_amount_minor < due.c.amount_minor),
    }
    return (
        select(*due.c, _bits(fails).label("ordinary"))
        .join_from(
            due, Mandate, and_(mandate.tenant_id == session.tenant_id, mandate.id == due.c.mandate_id), isouter=True
        )
        .join(
            BankAccount,
            and_(own.tenant_id == session.tenant_id, own.id == due.c.own_account_id),
            isouter=True,
        )
        .subquery("ordinary")
    )


def _purpose(due: Subquery) -> ColumnElement[str]:
    """What the mandate of a due must be for."""
    by_purpose = case(
        *(
            (cast(due.c.purpose, String) == purpose.value, mandate_purpose.value)
            for purpose, mandate_purpose in PURPOSES.items()
        ),
        else_=literal(""),
    )
    if "mandate_purpose" not in due.c:
        return by_purpose
    return func.coalesce(cast(due.c.mandate_purpose, String), by_purpose)


def _used(session: TenantSession, mandate: Any, on: date, limited: ColumnElement[bool]) -> Any:  # noqa: ANN401
    """What was debited under a limited mandate and not refused: in the cycle of `on`, and ever."""
    began = case(
        (mandate.cycle == Cycle.DAY, literal(on, Date)),
        (mandate.cycle == Cycle.WEEK, cast(func.date_trunc("week", literal(on, Date)), Date)),
        (mandate.cycle == Cycle.MONTH, cast(func.date_trunc("month", literal(on, Date)), Date)),
        (mandate.cycle == Cycle.YEAR, cast(func.date_trunc("year", literal(on, Date)), Date)),
        else_=mandate.signed_on,
    )
    in_cycle = func.count().filter(col(Instruction.due_on) >= began)
    return (
        select(
            in_cycle.label("count_in_cycle"),
            func.coalesce(func.sum(col(Instruction.amount_minor)), 0).label("total"),
        )
        .where(
            limited,
            col(Instruction.tenant_id) == session.tenant_id,
            col(Instruction.mandate_id) == mandate.id,
            col(Instruction.mandate_limited).is_(True),
            col(Instruction.state).in_(HOLDS_OBLIGATION),
        )
        .lateral("used")
    )


def _bits(fails: Mapping[Limb, Any]) -> ColumnElement[int]:
    """The bits of the limbs whose condition holds; one that is not known (no limit, no mandate) does not."""
    total: ColumnElement[int] = literal(0, Integer)
    for limb, condition in fails.items():
        total = total + case((condition, limb.bit), else_=0)
    return total
