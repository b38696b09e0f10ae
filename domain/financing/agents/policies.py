"""How agents are measured: dated rows with what they rest on, never constants."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain import audit
from domain.financing.agents.errors import PolicyBackdated, PolicyOutOfRange
from domain.financing.agents.tables import AgentPolicy
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.values.actor import Actor

_MOST = Decimal(20)  # a deposit that counts twenty times secures nothing: a slip of the keyboard
_YEARS = 3


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """A policy from a date on.

    `multiple_…`: how often the deposit counts (R26); `factor_…`: what capacity is multiplied by (R21). A period is late
    when it is not remitted `grace_days` after it was due; history is failed by more than `late_allowed` of them in
    `window_days`. `report_confirms`: the agent's own report counts as its confirmation of the invoice.
    """

    valid_from: date
    citation: str
    multiple_a: Decimal
    multiple_b: Decimal
    factor_a: Decimal
    factor_b: Decimal
    late_allowed: int = 0
    grace_days: int = 0
    window_days: int = 365
    call_days: int = 5
    report_confirms: bool = True


def check_policy(session: TenantSession, new: NewPolicy, *, clock: Clock) -> None:
    """A policy begins today at the earliest, on a day without one. Raises PolicyBackdated, PolicyOutOfRange."""
    for name in ("multiple_a", "multiple_b", "factor_a", "factor_b"):
        value = getattr(new, name)
        if not 0 < value <= _MOST:
            raise PolicyOutOfRange(field=name, value=value, low=0, high=_MOST)
    for name, high in (("late_allowed", 24), ("grace_days", 30), ("window_days", 366 * _YEARS), ("call_days", 90)):
        if not 0 <= getattr(new, name) <= high:
            raise PolicyOutOfRange(field=name, value=getattr(new, name), low=0, high=high)
    taken = session.get(AgentPolicy, (session.tenant_id, new.valid_from)) is not None
    if new.valid_from < clock.today() or taken:
        raise PolicyBackdated(valid_from=new.valid_from, earliest=clock.today())


def set_policy(session: TenantSession, new: NewPolicy, *, actor: Actor, clock: Clock) -> AgentPolicy:
    """Put a policy in force from a date on, as two people decided (`changes`).

    Raises PolicyBackdated, PolicyOutOfRange.
    """
    check_policy(session, new, clock=clock)
    row = AgentPolicy(
        tenant_id=session.tenant_id,
        valid_from=new.valid_from,
        multiple_a=new.multiple_a,
        multiple_b=new.multiple_b,
        factor_a=new.factor_a,
        factor_b=new.factor_b,
        late_allowed=new.late_allowed,
        grace_days=new.grace_days,
        window_days=new.window_days,
        call_days=new.call_days,
        report_confirms=new.report_confirms,
        citation=new.citation,
        made_by=str(actor),
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    facts: dict[str, object] = {
        "multiples": f"{new.multiple_a} {new.multiple_b}",
        "factors": f"{new.factor_a} {new.factor_b}",
        "citation": new.citation,
    }
    subject = new.valid_from.isoformat()
    audit.record(session, actor=actor, action="agent_policy.set", subject=subject, facts=facts, clock=clock)
    return row
