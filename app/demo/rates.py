"""Quoted and realised all-in rates of what was repaid, on average, lender by lender (R14)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from domain.financing import queries
from domain.financing.rules import RATE_PLACES, AllInRate
from domain.financing.states import AdvanceState
from domain.financing.tables import Advance
from domain.financing.yields import cash_flows, realised_rate
from domain.parties.tables import Party
from domain.platform.database import TenantSession
from domain.values.rounding import to_places

_REPAID = (AdvanceState.REPAID, AdvanceState.CLOSED)


@dataclass(frozen=True, slots=True)
class LenderRates:
    """What sellers were quoted, and what it came to: means over the advances of one lender, fractions a year."""

    lender: str
    advances: int
    quoted_simple: Decimal
    quoted_effective: Decimal
    realised_simple: Decimal
    realised_effective: Decimal

    def as_json(self) -> dict[str, object]:
        """Rates as strings."""
        figures = {name: str(getattr(self, name)) for name in self.__slots__ if name.startswith(("quoted", "realised"))}
        return {"lender": self.lender, "advances": self.advances, **figures}


def rates_by_lender(session: TenantSession) -> list[LenderRates]:
    """The averages of every lender that has had an advance repaid."""
    wanted = (Advance.tenant_id == session.tenant_id, col(Advance.state).in_(_REPAID))
    repaid = session.exec(select(Advance).where(*wanted).order_by(col(Advance.id))).all()
    events = queries.events_of(session, [advance.id for advance in repaid])
    pairs: dict[UUID, list[tuple[AllInRate, AllInRate]]] = defaultdict(list)
    for advance in repaid:
        flows = cash_flows([queries.as_event(row) for row in events.get(advance.id, [])], advance.figures)
        realised = realised_rate(flows)
        if realised is not None:
            quoted = AllInRate(advance.quoted_simple, advance.quoted_effective)
            pairs[advance.lender_id].append((quoted, realised))
    names = {row.id: row.name for row in session.exec(select(Party).where(Party.tenant_id == session.tenant_id))}
    averages = [_averages(names[lender_id], rates) for lender_id, rates in pairs.items()]
    return sorted(averages, key=lambda each: each.lender)


def _averages(lender: str, rates: Sequence[tuple[AllInRate, AllInRate]]) -> LenderRates:
    def mean(figures: list[Decimal]) -> Decimal:
        return to_places(sum(figures, Decimal(0)) / len(figures), RATE_PLACES)

    return LenderRates(
        lender=lender,
        advances=len(rates),
        quoted_simple=mean([quoted.simple for quoted, _ in rates]),
        quoted_effective=mean([quoted.effective for quoted, _ in rates]),
        realised_simple=mean([realised.simple for _, realised in rates]),
        realised_effective=mean([realised.effective for _, realised in rates]),
    )
