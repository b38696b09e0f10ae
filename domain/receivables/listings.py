"""What receivables, their imports, parts and the debtor's answers can be listed by."""

from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.receivables.states import ConfirmationGrade, ConfirmationState, ReceivableState, SplitState, TransferState
from domain.receivables.tables import (
    Confirmation,
    ConfirmationNotice,
    InvoiceImport,
    LateInterestDemand,
    Receivable,
    ReceivableSplit,
    ReceivableTransfer,
)
from domain.values.filters import choice_field, date_field, flag_field, moment_field, money_field, text_field

RECEIVABLES = Listing(
    "receivables",
    Receivable,
    fields={
        "state": choice_field(ReceivableState),
        "seller": id_field("pty"),
        "debtor": id_field("pty"),
        "import": id_field("imp"),
        "parent": id_field("rcv"),
        "invoice_number": text_field("INV-2026-0042"),
        "issued_on": date_field(),
        "due_on": date_field(),
        "face_amount": money_field(),
        "resembles_registered": flag_field(),
        "confirmation_grade": choice_field(ConfirmationGrade),
    },
    columns={
        "state": Receivable.state,
        "seller": Receivable.seller_id,
        "debtor": Receivable.debtor_id,
        "import": Receivable.import_id,
        "parent": Receivable.parent_id,
        "invoice_number": Receivable.invoice_number,
        "issued_on": Receivable.issued_on,
        "due_on": Receivable.due_on,
        "face_amount": MoneyColumns(Receivable.face_minor, Receivable.currency),
        "resembles_registered": Receivable.resembles_registered,
        "confirmation_grade": Receivable.confirmation_grade,
    },
    owners=(Receivable.seller_id, Receivable.debtor_id),
)

IMPORTS = Listing(
    "invoice_imports",
    InvoiceImport,
    fields={"created_at": moment_field(), "file_name": text_field("invoices.csv")},
    columns={"created_at": InvoiceImport.created_at, "file_name": InvoiceImport.file_name},
)

CONFIRMATIONS = Listing(
    "confirmations",
    Confirmation,
    fields={"state": choice_field(ConfirmationState), "debtor": id_field("pty")},
    columns={"state": Confirmation.state, "debtor": Confirmation.debtor_id},
    owners=(Confirmation.debtor_id,),
)

CONFIRMATION_NOTICES = Listing(
    "confirmation_notices",
    ConfirmationNotice,
    fields={"debtor": id_field("pty"), "answer_by": date_field(), "silence_is_consent": flag_field()},
    columns={
        "debtor": ConfirmationNotice.debtor_id,
        "answer_by": ConfirmationNotice.answer_by,
        "silence_is_consent": ConfirmationNotice.silence_is_consent,
    },
    owners=(ConfirmationNotice.debtor_id,),
)

SPLITS = Listing(
    "splits",
    ReceivableSplit,
    fields={"state": choice_field(SplitState), "receivable": id_field("rcv"), "holder": id_field("pty")},
    columns={
        "state": ReceivableSplit.state,
        "receivable": ReceivableSplit.receivable_id,
        "holder": ReceivableSplit.holder_id,
    },
    owners=(ReceivableSplit.holder_id,),
)

TRANSFERS = Listing(
    "transfers",
    ReceivableTransfer,
    fields={
        "state": choice_field(TransferState),
        "receivable": id_field("rcv"),
        "from": id_field("pty"),
        "to": id_field("pty"),
        "accepted_on": date_field(),
    },
    columns={
        "state": ReceivableTransfer.state,
        "receivable": ReceivableTransfer.receivable_id,
        "from": ReceivableTransfer.from_id,
        "to": ReceivableTransfer.to_id,
        "accepted_on": ReceivableTransfer.accepted_on,
    },
    owners=(ReceivableTransfer.from_id, ReceivableTransfer.to_id),
)

LATE_INTEREST_DEMANDS = Listing(
    "late_interest_demands",
    LateInterestDemand,
    fields={
        "receivable": id_field("rcv"),
        "seller": id_field("pty"),
        "debtor": id_field("pty"),
        "as_of": date_field(),
        "amount": money_field(),
    },
    columns={
        "receivable": LateInterestDemand.receivable_id,
        "seller": LateInterestDemand.seller_id,
        "debtor": LateInterestDemand.debtor_id,
        "as_of": LateInterestDemand.as_of,
        "amount": MoneyColumns(LateInterestDemand.amount_minor, LateInterestDemand.currency),
    },
    owners=(LateInterestDemand.seller_id, LateInterestDemand.debtor_id),
)
