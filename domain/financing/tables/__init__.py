"""Rows of financing: facilities, requests, offers, advances with what happened to them, and their daily accrual."""

from domain.financing.tables.advances import Advance, FundingOrder
from domain.financing.tables.contracts import ContractFields
from domain.financing.tables.events import AccrualRun, AdvanceAccrual, AdvanceEvent
from domain.financing.tables.facilities import Facility, FacilityDebtor
from domain.financing.tables.requests import Offer, Request

__all__ = [
    "AccrualRun",
    "Advance",
    "AdvanceAccrual",
    "AdvanceEvent",
    "ContractFields",
    "Facility",
    "FacilityDebtor",
    "FundingOrder",
    "Offer",
    "Request",
]
