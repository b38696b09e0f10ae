"""Dues of subscriptions, made as their days come near: by one statement for each day of the calendar."""

from datetime import date, timedelta

from sqlalchemy import Date, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from domain.collection.states import PlanState
from domain.collection.tables import Plan
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.platform.transitions import move_all
from domain.values.actor import system
from domain.values.business_days import BusinessCalendar, Roll

LAYING_OUT = system("dues")
HORIZON_DAYS = 45  # a month and a half ahead: the longest notice is a fortnight, and people like to see next month

# Which plans fall due on which day. A month's last day is what is left when the next one begins.
_LAY_OUT = text(f"""
    INSERT INTO collection_due (tenant_id, id, created_at, plan_id, client_id, payer_id, mandate_id, currency,
                                amount_minor, due_on, rolled_due_on, round, state, fee_minor, failure_reason,
                                dunning_level, ordinary)
    SELECT :tenant, {SQL_UUID7}, :now, plan.id, client.id, plan.payer_id, plan.mandate_id, plan.currency,
           plan.amount_minor, day.due_on,
           CASE client.roll WHEN 'following' THEN day.following WHEN 'preceding' THEN day.preceding
                            WHEN 'modified_following' THEN day.modified ELSE day.due_on END,
           1, 'planned', 0, '', 0, false
    FROM collection_plan AS plan
    JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = plan.client_id
    JOIN unnest(:days, :following, :preceding, :modified) AS day (due_on, following, preceding, modified)
      ON day.due_on > coalesce(plan.laid_out_until, plan.first_on - 1)
     AND day.due_on <= coalesce(plan.ends_on, day.due_on)
     AND CASE plan.frequency
           WHEN 'weekly' THEN (day.due_on - plan.first_on) % 7 = 0
           ELSE (extract(day FROM day.due_on) = plan.day
                 OR plan.day = 31 AND extract(day FROM day.due_on + 1) = 1)
                AND (plan.frequency = 'monthly'
                     OR extract(month FROM day.due_on) = extract(month FROM plan.first_on))
         END
    WHERE plan.tenant_id = :tenant AND plan.state = 'active' AND plan.kind = 'subscription'
      AND client.state = 'active'
    ORDER BY plan.id, day.due_on
    ON CONFLICT (tenant_id, plan_id, due_on) DO NOTHING
    RETURNING id
""").bindparams(
    bindparam("days", type_=ARRAY(Date)),
    bindparam("following", type_=ARRAY(Date)),
    bindparam("preceding", type_=ARRAY(Date)),
    bindparam("modified", type_=ARRAY(Date)),
)

_NOTE = text("""
    UPDATE collection_plan AS plan SET laid_out_until = :until
    FROM collection_client AS client
    WHERE plan.tenant_id = :tenant AND plan.state = 'active' AND plan.kind = 'subscription'
      AND client.tenant_id = :tenant AND client.id = plan.client_id AND client.state = 'active'
      AND coalesce(plan.laid_out_until, plan.first_on - 1) < :until
""")


def lay_out(session: TenantSession, on: date, *, calendar: BusinessCalendar, clock: Clock) -> int:
    """Make the dues of all active subscriptions up to `HORIZON_DAYS` ahead; returns how many are new."""
    until = on + timedelta(days=HORIZON_DAYS)
    first = _first_missing(session)
    if first is None or first > until:
        return 0
    days = [first + timedelta(days=offset) for offset in range((until - first).days + 1)]
    rolls = {
        "following": [calendar.roll(day, Roll.FOLLOWING) for day in days],
        "preceding": [calendar.roll(day, Roll.PRECEDING) for day in days],
        "modified": [calendar.roll(day, Roll.MODIFIED_FOLLOWING) for day in days],
    }
    binds = {"tenant": session.tenant_id, "now": clock.now(), "days": days, **rolls}
    made = len(session.execute(_LAY_OUT, binds).all())
    session.execute(_NOTE, {"tenant": session.tenant_id, "until": until})
    over = select(Plan.id).where(
        Plan.tenant_id == session.tenant_id, Plan.state == PlanState.ACTIVE, col(Plan.ends_on) <= Plan.laid_out_until
    )
    move_all(session, Plan, over, PlanState.ENDED, actor=LAYING_OUT, clock=clock, reason="all of it is laid out")
    session.expire_all()
    return made


def _first_missing(session: TenantSession) -> date | None:
    """The earliest day up to which not all active subscriptions are laid out."""
    first = session.execute(
        text("""
            SELECT min(coalesce(laid_out_until + 1, first_on)) FROM collection_plan
            WHERE tenant_id = :tenant AND state = 'active' AND kind = 'subscription'
        """),
        {"tenant": session.tenant_id},
    ).scalar_one()
    return first if first is None else date.fromisoformat(str(first))
