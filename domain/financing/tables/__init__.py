"""Rows of financing: facilities, requests, offers, advances with what happened to them."""

from domain.financing.tables.advances import Advance, FundingOrder
from domain.financing.tables.bidding import BidRule, FacilityGrade, RequestDecline, RequestInvitation
from domain.financing.tables.changes import FinancingChange
from domain.financing.tables.contracts import ContractFields
from domain.financing.tables.events import AccrualRun, AdvanceEvent
from domain.financing.tables.facilities import Facility, FacilityDebtor
from domain.financing.tables.limits import ExposureLimit, LenderProfile, PartyCapacity
from domain.financing.tables.references import ReferenceRate
from domain.financing.tables.refunds import WalletRefund
from domain.financing.tables.repayments import Repayment, RepaymentLine
from domain.financing.tables.requests import Offer, Request
from domain.financing.tables.servicing import ProvisionMovement, RecourseDemand, ReserveHold, WriteOff

__all__ = [
    "AccrualRun",
    "Advance",
    "AdvanceEvent",
    "BidRule",
    "ContractFields",
    "ExposureLimit",
    "Facility",
    "FacilityDebtor",
    "FacilityGrade",
    "FinancingChange",
    "FundingOrder",
    "LenderProfile",
    "Offer",
    "PartyCapacity",
    "ProvisionMovement",
    "RecourseDemand",
    "ReferenceRate",
    "Repayment",
    "RepaymentLine",
    "Request",
    "RequestDecline",
    "RequestInvitation",
    "ReserveHold",
    "WalletRefund",
    "WriteOff",
]
