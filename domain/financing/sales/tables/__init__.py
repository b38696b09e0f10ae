"""Rows of advances out of sales."""

from domain.financing.sales.tables.advances import SUB_LEDGER, SalesAdvance, SalesAdvanceEvent
from domain.financing.sales.tables.repayments import SalesDemand, SalesRepayment, SalesWriteOff
from domain.financing.sales.tables.takings import MerchantSale

__all__ = [
    "SUB_LEDGER",
    "MerchantSale",
    "SalesAdvance",
    "SalesAdvanceEvent",
    "SalesDemand",
    "SalesRepayment",
    "SalesWriteOff",
]
