"""Rows of financing: facilities, requests, offers, advances with what happened to them."""

from domain.financing.tables.advances import Advance, FundingOrder
from domain.financing.tables.contracts import ContractFields
from domain.financing.tables.events import AccrualRun, AdvanceEvent
from domain.financing.tables.facilities import Facility, FacilityDebtor
from domain.financing.tables.repayments import Repayment, RepaymentLine
from domain.financing.tables.requests import Offer, Request
from domain.financing.tables.servicing import ProvisionMovement, RecourseDemand, ReserveHold, WriteOff

__all__ = [
    "AccrualRun",
    "Advance",
    "AdvanceEvent",
    "ContractFields",
    "Facility",
    "FacilityDebtor",
    "FundingOrder",
    "Offer",
    "ProvisionMovement",
    "RecourseDemand",
    "Repayment",
    "RepaymentLine",
    "Request",
    "ReserveHold",
    "WriteOff",
]
