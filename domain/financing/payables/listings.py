"""What programmes, uploads, and early payments can be listed by."""

from domain.financing.payables.states import EarlyPaymentState, PaymentKind, ProgrammeState
from domain.financing.payables.tables import EarlyPayment, Programme
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, money_field

PROGRAMMES = Listing(
    "payables_programmes",
    Programme,
    fields={"state": choice_field(ProgrammeState), "buyer": id_field("pty"), "limit": money_field()},
    columns={
        "state": Programme.state,
        "buyer": Programme.buyer_id,
        "limit": MoneyColumns(Programme.limit_minor, Programme.currency),
    },
    owners=(Programme.buyer_id, Programme.payer_id),
)

EARLY_PAYMENTS = Listing(
    "early_payments",
    EarlyPayment,
    fields={
        "state": choice_field(EarlyPaymentState),
        "kind": choice_field(PaymentKind),
        "programme": id_field("ppg"),
        "supplier": id_field("pty"),
        "receivable": id_field("rcv"),
        "order": id_field("epo"),
        "pay_on": date_field(),
        "amount": money_field(),
    },
    columns={
        "state": EarlyPayment.state,
        "kind": EarlyPayment.kind,
        "programme": EarlyPayment.programme_id,
        "supplier": EarlyPayment.supplier_id,
        "receivable": EarlyPayment.receivable_id,
        "order": EarlyPayment.order_id,
        "pay_on": EarlyPayment.pay_on,
        "amount": MoneyColumns(EarlyPayment.amount_minor, EarlyPayment.currency),
    },
    owners=(EarlyPayment.supplier_id,),
)
