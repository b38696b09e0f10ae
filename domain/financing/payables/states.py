"""States of programmes, their suppliers, uploads and early payments; what moves a programme's payables."""

from enum import StrEnum


class ProgrammeState(StrEnum):
    """A buyer's payables programme: agreed by its maker and checker before invoices are paid early under it."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class SupplierState(StrEnum):
    """A supplier's place in a programme."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    LEFT = "left"


class UploadState(StrEnum):
    """Invoices the buyer brought in: prepared by its maker, binding once its checker approves."""

    PROPOSED = "proposed"
    APPROVED = "approved"


class EarlyPaymentState(StrEnum):
    """A payment out of the buyer's own cash, from the offer to the bank's word."""

    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    INSTRUCTED = "instructed"
    PAID = "paid"
    FAILED = "failed"


class PaymentKind(StrEnum):
    """Why own cash pays: early, at a discount the supplier accepted, or when the invoice is due anyway."""

    EARLY = "early"
    MATURITY = "maturity"


class MovementKind(StrEnum):
    """What changes a programme's open payables: the lines of its roll-forward."""

    CONFIRMED = "confirmed"
    EARLY = "early"  # paid out of own cash before the due date
    MATURITY = "maturity"  # paid out of own cash at the due date
    LENDER = "lender"  # paid by the buyer to the lender that had paid the supplier
    DILUTED = "diluted"  # a credit note, or a dispute settled for less


_P, _S, _U, _E = ProgrammeState, SupplierState, UploadState, EarlyPaymentState

PROGRAMME_TRANSITIONS = {
    _P.PROPOSED: frozenset({_P.ACTIVE, _P.CLOSED}),
    _P.ACTIVE: frozenset({_P.SUSPENDED, _P.CLOSED}),
    _P.SUSPENDED: frozenset({_P.ACTIVE, _P.CLOSED}),
}
SUPPLIER_TRANSITIONS = {
    _S.PROPOSED: frozenset({_S.ACTIVE, _S.LEFT}),
    _S.ACTIVE: frozenset({_S.LEFT}),
    _S.LEFT: frozenset({_S.PROPOSED}),
}
UPLOAD_TRANSITIONS = {_U.PROPOSED: frozenset({_U.APPROVED})}
EARLY_PAYMENT_TRANSITIONS = {
    _E.OFFERED: frozenset({_E.ACCEPTED, _E.WITHDRAWN, _E.EXPIRED}),
    _E.ACCEPTED: frozenset({_E.INSTRUCTED, _E.LAPSED}),
    _E.INSTRUCTED: frozenset({_E.PAID, _E.FAILED, _E.LAPSED}),
    # A payment that came back never was: the invoice may be offered on anew.
    _E.PAID: frozenset({_E.FAILED}),
}

# Agreed and not yet answered by the bank: its cash is spoken for.
COMMITTED = (_E.ACCEPTED, _E.INSTRUCTED)
# An invoice with one of these has no second one.
LIVE = (_E.OFFERED, *COMMITTED, _E.PAID)
