"""Rows of receivables: invoices, the debtor's word, eligibility checks, parts, and what decides between lenders."""

from domain.receivables.tables.claims import AssignmentNotice, ClaimDischarge, ClaimRegistration
from domain.receivables.tables.confirmations import (
    Confirmation,
    ConfirmationEvidence,
    ConfirmationLine,
    ConfirmationNotice,
    ConfirmationNoticeLine,
    NoticeDelivery,
)
from domain.receivables.tables.eligibility import EligibilityCheck
from domain.receivables.tables.invoices import (
    CreditNote,
    CreditNoteCancellation,
    Fingerprint,
    InvoiceImport,
    Receivable,
)
from domain.receivables.tables.late_interest import LateInterestDemand
from domain.receivables.tables.parts import ReceivableSplit, ReceivableTransfer

__all__ = [
    "AssignmentNotice",
    "ClaimDischarge",
    "ClaimRegistration",
    "Confirmation",
    "ConfirmationEvidence",
    "ConfirmationLine",
    "ConfirmationNotice",
    "ConfirmationNoticeLine",
    "CreditNote",
    "CreditNoteCancellation",
    "EligibilityCheck",
    "Fingerprint",
    "InvoiceImport",
    "LateInterestDemand",
    "NoticeDelivery",
    "Receivable",
    "ReceivableSplit",
    "ReceivableTransfer",
]
