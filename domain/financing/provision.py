"""Provision (R23): at every close at least 1 % of what each lender has out; a write-off uses it before it is a loss."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import col, func, select

from domain.financing.rules import provision_required
from domain.financing.sales.exposure import EXPOSURE
from domain.financing.states import OUTSTANDING, ProvisionKind
from domain.financing.supervision import performing_days, provision_rate
from domain.financing.tables import ProvisionMovement
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Posting
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.values.actor import Actor, system
from domain.values.money import Money

ACTOR = system("close_of_business")
_OUTSTANDING = ", ".join(f"'{state.value}'" for state in OUTSTANDING)
_CLOSING = text(f"""
    WITH financing AS (
      SELECT lender_id, currency, sum(principal_open_minor)::bigint AS financing,
             coalesce(sum(principal_open_minor) FILTER (WHERE nonperforming_on IS NOT NULL), 0)::bigint AS nonperforming
      FROM (SELECT lender_id, currency, principal_open_minor, nonperforming_on
            FROM advance WHERE tenant_id = :tenant AND state IN ({_OUTSTANDING})
            UNION ALL
            SELECT lender_id, currency, {EXPOSURE}, CASE WHEN final_on < :performing_since THEN final_on END
            FROM sales_advance WHERE tenant_id = :tenant AND funded_on IS NOT NULL) AS lent
      GROUP BY lender_id, currency
    ), kept AS (
      SELECT lender_id, currency, sum(change_minor)::bigint AS provision
      FROM provision_movement WHERE tenant_id = :tenant GROUP BY lender_id, currency
    )
    SELECT lender_id, currency, coalesce(financing, 0) AS financing, coalesce(nonperforming, 0) AS nonperforming,
           coalesce(provision, 0) AS provision
    FROM financing FULL JOIN kept USING (lender_id, currency) ORDER BY lender_id, currency
""")


def close_provision(session: TenantSession, on: date, *, clock: Clock) -> int:
    """Bring every lender's provision to what its closing financing asks for; returns for how many it changed.

    A date that was provided for stays as it is: what changed since shows in the next one.
    """
    source = f"closing:{on.isoformat()}"
    done = select(ProvisionMovement.id).where(
        ProvisionMovement.tenant_id == session.tenant_id, ProvisionMovement.source == source
    )
    if session.exec(done.limit(1)).first() is not None:
        return 0
    rows, rate = [], provision_rate(session, on)
    performing_since = on - timedelta(days=performing_days(session, on))
    binds = {"tenant": session.tenant_id, "performing_since": performing_since}
    for row in session.execute(_CLOSING, binds):
        required = provision_required(Money.from_minor(row.financing, row.currency), rate)
        change = required.minor - row.provision
        if change:
            figures = {"financing_minor": row.financing, "nonperforming_minor": row.nonperforming}
            rows.append({"lender_id": row.lender_id, "currency": row.currency, "change_minor": change} | figures)
    _enter(session, rows, ProvisionKind.CLOSING, source, on, actor=ACTOR, clock=clock)
    return len(rows)


def use_provision(
    session: TenantSession, lender_id: UUID, loss: Money, *, source: str, on: date, actor: Actor, clock: Clock
) -> Money:
    """Set what the lender has provided against a loss, as far as it reaches; returns how much that was."""
    used = min(loss, max(provision_of(session, lender_id, loss.currency), Money.zero(loss.currency)))
    if used.minor > 0:
        row = {"lender_id": lender_id, "currency": loss.currency, "change_minor": -used.minor}
        row |= {"financing_minor": 0, "nonperforming_minor": 0}
        _enter(session, [row], ProvisionKind.USED, source, on, actor=actor, clock=clock)
    return used


def provision_of(session: TenantSession, lender_id: UUID, currency: str) -> Money:
    """What a lender has provided for."""
    total = session.exec(
        select(func.coalesce(func.sum(col(ProvisionMovement.change_minor)), 0)).where(
            ProvisionMovement.tenant_id == session.tenant_id,
            ProvisionMovement.lender_id == lender_id,
            ProvisionMovement.currency == currency,
        )
    ).one()
    return Money.from_minor(int(total), currency)


def _enter(
    session: TenantSession,
    rows: list[dict[str, object]],
    kind: ProvisionKind,
    source: str,
    on: date,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """One posting for all: the expense of a provision that grows, or its end when it shrinks or is used."""
    if not rows:
        return
    common = {"tenant_id": session.tenant_id, "kind": kind, "business_date": on, "source": source}
    session.execute(insert(ProvisionMovement), [row | common | {"id": uuid7()} for row in rows])
    posting = Posting(
        key=f"financing:provision:{source}",
        event=f"provision.{kind.value}",
        source=source,
        value_date=on,
        legs=tuple(_leg(row) for row in rows),
        explanation={"rules": ["R23"], "lenders": len(rows)},
    )
    ledger.post(session, posting, actor=actor, clock=clock)


def _leg(row: dict[str, object]) -> Leg:
    lender, currency, change = row["lender_id"], row["currency"], row["change_minor"]
    assert isinstance(lender, UUID)
    assert isinstance(currency, str)
    assert isinstance(change, int)
    provision = AccountRef(AccountKind.PROVISION, currency, lender)
    bad_debt = AccountRef(AccountKind.BAD_DEBT, currency, lender)
    amount = Money.from_minor(abs(change), currency)
    return Leg(bad_debt, provision, amount) if change > 0 else Leg(provision, bad_debt, amount)
