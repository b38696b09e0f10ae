"""What an instruction, a message to the bank, an answer and a statement entry may become."""

from enum import StrEnum


class Direction(StrEnum):
    """Who sends the money, seen from our own account."""

    DEBIT = "debit"  # we collect (pain.008)
    CREDIT = "credit"  # we pay (pain.001)


class Purpose(StrEnum):
    """What the money is for: decides which module hears of the outcome."""

    ADVANCE_DISBURSEMENT = "advance_disbursement"
    RECEIVABLE_COLLECTION = "receivable_collection"
    HOLDBACK_RELEASE = "holdback_release"
    EARLY_PAYMENT = "early_payment"
    RECOURSE_COLLECTION = "recourse_collection"
    SWEEP = "sweep"
    ENTRUSTED_COLLECTION = "entrusted_collection"
    CLIENT_PAYOUT = "client_payout"
    PAYOUT = "payout"
    REFUND = "refund"
    DEPOSIT_RETURN = "deposit_return"
    WALLET_REFUND = "wallet_refund"
    SALES_DISBURSEMENT = "sales_disbursement"
    SALES_COLLECTION = "sales_collection"


class InstructionState(StrEnum):
    """Where one order to move money stands."""

    CREATED = "created"
    LOCKED = "locked"  # in a frozen run: digest and totals include it
    SUBMITTED = "submitted"  # in a message for the bank, its cash held
    ACCEPTED = "accepted"
    SETTLED = "settled"
    FINAL = "final"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class MessageState(StrEnum):
    """Where one file for the bank stands."""

    DRAFTED = "drafted"  # its items are chosen and their cash is held; its bytes are still to be written
    PREPARED = "prepared"
    TRANSMITTED = "transmitted"  # written before the bank is asked: a crash from here on may have sent it
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    PART_ANSWERED = "part_answered"
    ANSWERED = "answered"
    REFUSED = "refused"


class MessageKind(StrEnum):
    """What a message asks of the bank. Only payments consist of instructions."""

    PAYMENTS = "payments"  # pain.001, pain.008
    MANDATE_REQUEST = "mandate_request"  # pain.009
    MANDATE_AMENDMENT = "mandate_amendment"  # pain.010
    MANDATE_CANCELLATION = "mandate_cancellation"  # pain.011
    REVERSAL = "reversal"  # pain.007
    RECALL = "recall"  # camt.056


class AnswerKind(StrEnum):
    """What an answer is about, and so whose it is: told by its beginning when it is stored."""

    PAYMENTS = "payments"  # a status report or a notice: instructions
    MANDATES = "mandates"  # pain.012, or the status report of a pain.009, 010 or 011
    CORRECTIONS = "corrections"  # camt.029, or the status report of a pain.007 or camt.056


class ChannelKind(StrEnum):
    """By what way a bank is reached."""

    HTTP = "http"
    DIRECTORY = "directory"


class AnswerState(StrEnum):
    """Where a raw answer of the bank stands."""

    STORED = "stored"
    APPLIED = "applied"
    QUARANTINED = "quarantined"


class ItemState(StrEnum):
    """What became of one line of an answer."""

    WAITING = "waiting"  # nothing to apply it to yet: a return that overtook its settlement
    APPLIED = "applied"
    STALE = "stale"  # said before, or overtaken by a later word
    EXCEPTION = "exception"  # shown to a person


class Verdict(StrEnum):
    """What one line of an answer says of its instruction."""

    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"


class ExceptionKind(StrEnum):
    """What about the bank's words needs a person."""

    UNKNOWN_REFERENCE = "unknown_reference"  # an end-to-end id that names none of our instructions
    OTHER_MESSAGE = "other_message"  # an answer to one message about an instruction of another
    OTHER_ACCOUNT = "other_account"  # a notice for one account about an instruction of another
    CONTRADICTION = "contradiction"  # settled after rejected, rejected after settled
    AMOUNT_DIFFERS = "amount_differs"
    RETURNED_AFTER_FINAL = "returned_after_final"
    UNKNOWN_REASON = "unknown_reason"  # a code of the bank's own: nothing is done about it until somebody has looked
    ANSWER_QUARANTINED = "answer_quarantined"
    UNKNOWN_ACCOUNT = "unknown_account"  # a statement of an account that is not one of ours
    STATEMENT_GAP = "statement_gap"  # opening balance is not the previous closing
    STATEMENT_SUM = "statement_sum"  # opening plus entries is not closing


class EntryDirection(StrEnum):
    """How a statement entry changes the account, as the bank says it."""

    CREDIT = "credit"  # money came in
    DEBIT = "debit"  # money went out


class EntryState(StrEnum):
    """Where a statement entry stands in reconciliation."""

    PENDING = "pending"  # announced by the bank, not booked
    IMPORTED = "imported"
    MATCHED = "matched"
    RECOGNISED = "recognised"
    SUSPENSE = "suspense"
    RESOLVED = "resolved"
    VANISHED = "vanished"


_I = InstructionState
# A return may come after finality (an unauthorised debit has 13 months): the books follow the bank, a person is told.
INSTRUCTION_TRANSITIONS: dict[InstructionState, frozenset[InstructionState]] = {
    _I.CREATED: frozenset({_I.LOCKED, _I.CANCELLED}),
    _I.LOCKED: frozenset({_I.CREATED, _I.SUBMITTED, _I.CANCELLED}),
    _I.SUBMITTED: frozenset({_I.ACCEPTED, _I.SETTLED, _I.REJECTED}),
    _I.ACCEPTED: frozenset({_I.SETTLED, _I.REJECTED}),
    _I.SETTLED: frozenset({_I.FINAL, _I.RETURNED}),
    _I.FINAL: frozenset({_I.RETURNED}),
    _I.REJECTED: frozenset(),
    _I.RETURNED: frozenset(),
    _I.CANCELLED: frozenset(),
}
# An obligation has at most one instruction in these states: it is on its way, or paid.
HOLDS_OBLIGATION = (_I.CREATED, _I.LOCKED, _I.SUBMITTED, _I.ACCEPTED, _I.SETTLED, _I.FINAL)
RELEASES_OBLIGATION = (_I.REJECTED, _I.RETURNED, _I.CANCELLED)
AT_THE_BANK = (_I.SUBMITTED, _I.ACCEPTED)
SETTLED_STATES = (_I.SETTLED, _I.FINAL)

_M = MessageState
# An answer proves that the message arrived, whatever we knew before.
MESSAGE_TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    _M.DRAFTED: frozenset({_M.PREPARED}),
    _M.PREPARED: frozenset({_M.TRANSMITTED, _M.ACKNOWLEDGED, _M.PART_ANSWERED, _M.ANSWERED}),
    _M.TRANSMITTED: frozenset({_M.PREPARED, _M.UNKNOWN, _M.ACKNOWLEDGED, _M.REFUSED, _M.PART_ANSWERED, _M.ANSWERED}),
    _M.UNKNOWN: frozenset({_M.TRANSMITTED, _M.ACKNOWLEDGED, _M.REFUSED, _M.PART_ANSWERED, _M.ANSWERED}),
    _M.ACKNOWLEDGED: frozenset({_M.PART_ANSWERED, _M.ANSWERED, _M.REFUSED}),
    _M.PART_ANSWERED: frozenset({_M.ANSWERED}),
    _M.ANSWERED: frozenset(),
    _M.REFUSED: frozenset(),
}
UNSENT_STATES = (_M.DRAFTED, _M.PREPARED, _M.TRANSMITTED, _M.UNKNOWN)

_A = AnswerState
ANSWER_TRANSITIONS: dict[AnswerState, frozenset[AnswerState]] = {
    _A.STORED: frozenset({_A.APPLIED, _A.QUARANTINED}),
    # A quarantined answer may turn out to be ours: its account was registered since.
    _A.QUARANTINED: frozenset({_A.STORED}),
    _A.APPLIED: frozenset(),
}

_E = EntryState
ENTRY_TRANSITIONS: dict[EntryState, frozenset[EntryState]] = {
    _E.PENDING: frozenset({_E.IMPORTED, _E.VANISHED}),
    _E.IMPORTED: frozenset({_E.MATCHED, _E.RECOGNISED, _E.SUSPENSE}),
    _E.MATCHED: frozenset(),
    _E.RECOGNISED: frozenset(),
    _E.SUSPENSE: frozenset({_E.RESOLVED}),
    _E.RESOLVED: frozenset(),
    _E.VANISHED: frozenset(),
}
