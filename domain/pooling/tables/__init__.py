"""The rows of pooling: pools, sweeps over them, takings that feed them, positions and interest that come of them."""

from domain.pooling.tables.interest import (
    InterestSettlement,
    PoolAccrual,
    PoolAccrualRun,
    PoolLeg,
    PoolMovement,
    ValueCorrection,
)
from domain.pooling.tables.pools import MemberTerms, PoolMember, PoolSlot, PoolStructure, PoolVersion, PoolVersionMember
from domain.pooling.tables.sweeps import LoanSlip, Sweep, SweepProposal
from domain.pooling.tables.takings import Taking, TakingsImport, TillWeek

__all__ = [
    "InterestSettlement",
    "LoanSlip",
    "MemberTerms",
    "PoolAccrual",
    "PoolAccrualRun",
    "PoolLeg",
    "PoolMember",
    "PoolMovement",
    "PoolSlot",
    "PoolStructure",
    "PoolVersion",
    "PoolVersionMember",
    "Sweep",
    "SweepProposal",
    "Taking",
    "TakingsImport",
    "TillWeek",
    "ValueCorrection",
]
