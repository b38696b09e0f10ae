"""What a pool would have done, will hold, and would be worth set off: answers for people who decide, moving nothing."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.pool_analysis_dto import (
    ForecastView,
    ShadowView,
    SimulatePool,
    SimulationView,
    forecast_view,
    shadow_view,
    simulation_view,
)
from app.deps import Work
from app.endpoints import command, query
from app.fields import PoolPath, business_date
from domain.access.rules import Permission
from domain.pooling.history import forecast_pool, replay_pool, shadow_report
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolStructure

Since = Annotated[date, QueryParameter(description="First day.")]
Until = Annotated[date, QueryParameter(description="Last day, at most a year after the first.")]
_RATE = r"^[0-9]{1,3}(\.[0-9]{1,9})?$"
RateOf = Annotated[
    str, QueryParameter(pattern=_RATE, max_length=13, description="A fraction a year: 0.0035 is 0.35 %.")
]


class PoolAnalysis(Controller):
    """Pools on paper."""

    tags = ("pooling",)

    @command("/pools/{pool_id:str}/simulate", needs=Permission.POOLS_READ, status_code=HTTP_200_OK)
    def simulate_pool(
        self, work: NamedDependency[Work], pool_id: PoolPath, data: JSONBody[SimulatePool]
    ) -> SimulationView:
        """Replay past days of a pool, under other terms or members, without touching the books."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        since, until = data.days()
        members = None if data.members is None else [member.value(pool.currency) for member in data.members]
        run = replay_pool(
            work.session,
            pool,
            since=since,
            until=until,
            header_rate=Decimal(data.header_rate),
            terms=None if data.terms is None else data.terms.value(pool.currency),
            members=members,
        )
        return simulation_view(pool_id, run, pool.currency)

    @query("/pools/{pool_id:str}/forecast", needs=Permission.POOLS_READ)
    def forecast_pool_position(self, work: NamedDependency[Work], pool_id: PoolPath) -> ForecastView:
        """Show what a pool's accounts should hold at the end of tomorrow, with the inputs."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        return forecast_view(pool_id, forecast_pool(work.session, pool, work.clock.today()))

    @query("/pools/{pool_id:str}/notional", needs=Permission.POOLS_READ)
    def report_notional_offset(
        self,
        work: NamedDependency[Work],
        pool_id: PoolPath,
        *,
        since: Since,
        until: Until,
        credit_rate: RateOf,
        debit_rate: RateOf,
    ) -> ShadowView:
        """Show what setting the pool's balances off against each other would be worth, night by night."""
        work.whole_group()
        pool = work.find(PoolStructure, POOL, pool_id, kind="pool")
        report = shadow_report(
            work.session,
            pool,
            since=business_date("since", since),
            until=business_date("until", until),
            credit_rate=Decimal(credit_rate),
            debit_rate=Decimal(debit_rate),
        )
        return shadow_view(pool_id, dict(report), pool.currency)
