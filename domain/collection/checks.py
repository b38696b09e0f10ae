"""Every debit against its mandate, limb by limb, as a set operation; `rules.failed_limbs` says the same of one.

What a mandate does not cover is not instructed but kept as a refusal; what it covers is instructed with the version it
was checked against and the limbs it passed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Date,
    Integer,
    Select,
    SmallInteger,
    String,
    Subquery,
    Table,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
    update,
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
from domain.platform.temporary import kept_rows

ALL_LIMBS = sum(limb.bit for limb in Limb)
# What a mandate must be for, by what the money is for; an owner of dues may say it in a column of its own.
PURPOSES: Mapping[Purpose, MandatePurpose] = {
    Purpose.RECEIVABLE_COLLECTION: MandatePurpose.TRADE_PAYMENT,
    Purpose.RECOURSE_COLLECTION: MandatePurpose.LOAN_REPAYMENT,
    Purpose.SALES_COLLECTION: MandatePurpose.LOAN_REPAYMENT,
    Purpose.SWEEP: MandatePurpose.FUND_SWEEP,
}
_COLUMNS = Mandate.__table__.c  # type: ignore[attr-defined]


@contextmanager
def checked_dues(
    session: TenantSession, sources: Sequence[Select[Any]], on: date, *, clock: Clock
) -> Iterator[list[Select[Any]]]:
    """Check every due of the sources: what no mandate covers is kept as a refusal, the rest is handed out.

    Refusals, retries and new instructions come of one look, which temporary tables hold until the block ends: joined
    with their mandates for each of them, a million dues would cost as much again.
    """
    with ExitStack() as stack:
        tables = [_laid_out(session, source, on, place, stack) for place, source in enumerate(sources)]
        for table in tables:
            _record_refusals(session, table, on, clock)
        yield [_covered(table) for table in tables]


def _covered(checked: Table) -> Select[Any]:
    """The dues that need no mandate or are covered by theirs, with what they were checked against."""
    passed = [each for each in checked.c if each.name != "failed"]
    return select(*passed, case((checked.c.mandate_id.is_not(None), ALL_LIMBS)).label("mandate_limbs")).where(
        checked.c.failed == 0
    )


def _record_refusals(session: TenantSession, checked: Table, on: date, clock: Clock) -> None:
    """Keep what no mandate covers, once a day and obligation."""
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
    session.execute(insert(DebitRefusal).from_select([*columns, "currency", "at"], rows).on_conflict_do_nothing())


def _laid_out(session: TenantSession, source: Select[Any], on: date, place: int, stack: ExitStack) -> Table:
    """Every due with `failed`: the bits of the limbs it fails on."""
    ordinary = _ordinary(session, source.subquery("due"))
    table = stack.enter_context(kept_rows(session, f"checked_dues_{place}", ordinary))
    # Most mandates have no limit on their number or sum, and then there is nothing to add up.
    if session.execute(select(select(table.c.failed).where(*_within_limits(table)).exists())).scalar_one():
        _hold_to_limits(session, table, on)
    return table


def _within_limits(checked: Table) -> tuple[ColumnElement[bool], ...]:
    # Only debits that are otherwise in order use a limit up.
    return checked.c.mandate_limited, checked.c.failed == 0


def _hold_to_limits(session: TenantSession, checked: Table, on: date) -> None:
    """Fail what goes beyond the number or the sum its mandate allows, in the order of the obligations."""
    mandate = _COLUMNS
    place: ColumnClause[Any] = column("ctid")
    place.table = checked
    under, order = checked.c.mandate_id, checked.c.obligation_key
    asked = (
        select(
            checked.c.mandate_id,
            place.label("place"),
            (func.row_number().over(partition_by=under, order_by=order) - 1).label("before"),
            func.sum(checked.c.amount_minor).over(partition_by=under, order_by=order).label("sum_until"),
        )
        .where(*_within_limits(checked))
        .subquery("asked")
    )
    used = _used(session, mandate, on)
    over = _bits(
        {
            Limb.COUNT: used.c.count_in_cycle + asked.c.before >= mandate.max_per_cycle,
            Limb.TOTAL: used.c.total + asked.c.sum_until > mandate.max_total_minor,
        }
    )
    beyond = (
        select(asked.c.place, over.label("over"))
        .join_from(asked, Mandate, and_(mandate.tenant_id == session.tenant_id, mandate.id == asked.c.mandate_id))
        .join(used, true())
        .subquery("beyond")
    )
    session.execute(update(checked).where(place == beyond.c.place).values(failed=cast(beyond.c.over, SmallInteger)))


def _ordinary(session: TenantSession, due: Subquery) -> Select[Any]:
    """Every due with its mandate's version and the bits of what it fails on by itself, whatever else is debited."""
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
    limited = or_(mandate.max_per_cycle.is_not(None), mandate.max_total_minor.is_not(None))
    return (
        select(
            *due.c,
            mandate.version.label("mandate_version"),
            func.coalesce(limited, literal(value=False)).label("mandate_limited"),
            cast(_bits(fails), SmallInteger).label("failed"),
        )
        .join_from(
            due, Mandate, and_(mandate.tenant_id == session.tenant_id, mandate.id == due.c.mandate_id), isouter=True
        )
        .join(
            BankAccount,
            and_(own.tenant_id == session.tenant_id, own.id == due.c.own_account_id),
            isouter=True,
        )
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


def _used(session: TenantSession, mandate: Any, on: date) -> Any:  # noqa: ANN401 - a table's columns
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
