"""States of a receivable and of a debtor's confirmation (rules/financing.md, "Receivable")."""

from enum import StrEnum


class ReceivableState(StrEnum):
    """Where an invoice stands between registration and closing."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    PART_CONFIRMED = "part_confirmed"
    DISPUTED = "disputed"
    LISTED = "listed"
    FINANCED = "financed"
    PART_PAID = "part_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    DEFAULTED = "defaulted"
    REASSIGNED = "reassigned"
    CLOSED = "closed"
    SPLIT = "split"  # its parts stand in its place
    MERGED = "merged"  # a part that went back into its whole


_S = ReceivableState

# Beyond the rules file: a listing that finds no money goes back to what the debtor confirmed; a dispute that is
# settled goes back to where it stood; a returned payment reopens what it had closed ("it is normal traffic"); a debtor
# that answers after its silence was taken for consent may confirm less, until a lender is asked; two people of the
# holder split what is free into parts, and merge them back while nothing happened to them (R17).
TRANSITIONS: dict[ReceivableState, frozenset[ReceivableState]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.REJECTED}),
    _S.SUBMITTED: frozenset({_S.VERIFIED, _S.REJECTED}),
    _S.VERIFIED: frozenset({_S.CONFIRMED, _S.PART_CONFIRMED, _S.DISPUTED, _S.REJECTED}),
    _S.CONFIRMED: frozenset({_S.LISTED, _S.DISPUTED, _S.PART_CONFIRMED, _S.SPLIT, _S.MERGED}),
    _S.PART_CONFIRMED: frozenset({_S.LISTED, _S.DISPUTED, _S.CONFIRMED, _S.SPLIT, _S.MERGED}),
    _S.LISTED: frozenset({_S.FINANCED, _S.CONFIRMED, _S.PART_CONFIRMED, _S.DISPUTED}),
    _S.FINANCED: frozenset({_S.PART_PAID, _S.PAID, _S.OVERDUE, _S.DISPUTED, _S.CONFIRMED, _S.PART_CONFIRMED}),
    _S.PART_PAID: frozenset({_S.PAID, _S.OVERDUE, _S.DISPUTED, _S.FINANCED}),
    _S.OVERDUE: frozenset({_S.PART_PAID, _S.PAID, _S.DEFAULTED, _S.REASSIGNED, _S.DISPUTED, _S.FINANCED}),
    _S.DEFAULTED: frozenset({_S.PAID, _S.REASSIGNED}),
    _S.DISPUTED: frozenset(
        {_S.CONFIRMED, _S.PART_CONFIRMED, _S.LISTED, _S.FINANCED, _S.PART_PAID, _S.OVERDUE, _S.PAID, _S.REASSIGNED}
    ),
    _S.PAID: frozenset({_S.CLOSED, _S.PART_PAID, _S.FINANCED, _S.OVERDUE, _S.REASSIGNED}),
    _S.REASSIGNED: frozenset({_S.CLOSED, _S.OVERDUE}),
    _S.CLOSED: frozenset({_S.PAID, _S.PART_PAID, _S.FINANCED, _S.OVERDUE, _S.REASSIGNED}),
    _S.SPLIT: frozenset({_S.CONFIRMED, _S.PART_CONFIRMED}),
}

# An advance stands on it: what the debtor pays belongs to the lender first.
FINANCED_STATES = frozenset({_S.FINANCED, _S.PART_PAID, _S.OVERDUE, _S.DEFAULTED, _S.DISPUTED, _S.PAID, _S.CLOSED})


class Answer(StrEnum):
    """What a debtor says to one invoice."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class ConfirmationGrade(StrEnum):
    """How good a debtor's confirmation is, from the weakest: silence, silence after notice, a signature, and more."""

    SILENT = "silent"  # delivered, and nothing was said
    DEEMED = "deemed"  # told that silence counts as consent, and silent until the deadline
    SIGNED = "signed"
    SIGNED_WITH_WAIVER = "signed_with_waiver"  # and gives up its defences: pays the lender whatever the seller did

    def outranks(self, other: "ConfirmationGrade | None") -> bool:
        """Whether it may replace `other`: only a better one does, and any is better than none."""
        order = list(ConfirmationGrade)
        return other is None or order.index(self) > order.index(other)


class EvidenceKind(StrEnum):
    """What a debtor's word, or its silence, is proved by."""

    SILENCE = "silence"  # the notice, its proof of delivery, and no answer until the deadline
    SIGNATURE = "signature"
    WAIVER = "waiver"
    DEBTOR_UPLOAD = "debtor_upload"  # the debtor's own list of invoices it has approved
    DISPUTE = "dispute"
    SETTLEMENT = "settlement"
    PART = "part"  # the debtor's word stands with the whole that was split


class Delivery(StrEnum):
    """How a paper reached a debtor."""

    REGISTERED_POST = "registered_post"
    COURIER = "courier"
    EMAIL = "email"
    PLATFORM = "platform"  # read under the debtor's own sign-in
    NOTARY = "notary"


class Verdict(StrEnum):
    """What a rule of eligibility says, from best to worst."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    WARN = "warn"
    FAIL = "fail"


class ConfirmationState(StrEnum):
    """A debtor's answers: prepared by its maker, signed by its checker."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    REFUSED = "refused"


CONFIRMATION_TRANSITIONS: dict[ConfirmationState, frozenset[ConfirmationState]] = {
    ConfirmationState.PROPOSED: frozenset({ConfirmationState.SIGNED, ConfirmationState.REFUSED}),
}


class SplitState(StrEnum):
    """A split is proposed, and put in force or refused by a second person; its parts may be merged back."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    MERGED = "merged"


SPLIT_TRANSITIONS: dict[SplitState, frozenset[SplitState]] = {
    SplitState.PROPOSED: frozenset({SplitState.IN_FORCE, SplitState.REFUSED}),
    SplitState.IN_FORCE: frozenset({SplitState.MERGED}),
}


class TransferState(StrEnum):
    """A part passed on: proposed and approved by two people of its holder, accepted by whoever is to have it."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    REFUSED = "refused"


TRANSFER_TRANSITIONS: dict[TransferState, frozenset[TransferState]] = {
    TransferState.PROPOSED: frozenset({TransferState.APPROVED, TransferState.REFUSED}),
    TransferState.APPROVED: frozenset({TransferState.ACCEPTED, TransferState.REFUSED}),
}
