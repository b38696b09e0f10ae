"""What advances out of sales, their payments and losses, and the sales themselves, can be listed by."""

from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import MerchantSale, SalesAdvance, SalesRepayment, SalesWriteOff
from domain.financing.states import RepaymentState, WriteOffState
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, money_field, text_field

SALES_ADVANCES = Listing(
    "sales_advances",
    SalesAdvance,
    fields={
        "state": choice_field(SalesAdvanceState),
        "facility": id_field("fac"),
        "lender": id_field("pty"),
        "merchant": id_field("pty"),
        "contract_reference": text_field("SA-2026-0007"),
        "net": money_field(),
        "final_on": date_field(),
    },
    columns={
        "state": SalesAdvance.state,
        "facility": SalesAdvance.facility_id,
        "lender": SalesAdvance.lender_id,
        "merchant": SalesAdvance.merchant_id,
        "contract_reference": SalesAdvance.contract_reference,
        "net": MoneyColumns(SalesAdvance.net_minor, SalesAdvance.currency),
        "final_on": SalesAdvance.final_on,
    },
    owners=(SalesAdvance.lender_id, SalesAdvance.merchant_id),
)

MERCHANT_SALES = Listing(
    "merchant_sales",
    MerchantSale,
    fields={
        "merchant": id_field("pty"),
        "sold_on": date_field(),
        "reference": text_field("Z-2026-03-02"),
        "amount": money_field(),
    },
    columns={
        "merchant": MerchantSale.merchant_id,
        "sold_on": MerchantSale.sold_on,
        "reference": MerchantSale.reference,
        "amount": MoneyColumns(MerchantSale.amount_minor, MerchantSale.currency),
    },
    owners=(MerchantSale.merchant_id,),
)

SALES_REPAYMENTS = Listing(
    "sales_repayments",
    SalesRepayment,
    fields={
        "state": choice_field(RepaymentState),
        "advance": id_field("sad"),
        "lender": id_field("pty"),
        "merchant": id_field("pty"),
        "value_date": date_field(),
        "amount": money_field(),
    },
    columns={
        "state": SalesRepayment.state,
        "advance": SalesRepayment.advance_id,
        "lender": SalesRepayment.lender_id,
        "merchant": SalesRepayment.merchant_id,
        "value_date": SalesRepayment.value_date,
        "amount": MoneyColumns(SalesRepayment.amount_minor, SalesRepayment.currency),
    },
    owners=(SalesRepayment.lender_id, SalesRepayment.merchant_id),
)

# The lender's own affair: its merchant owes what it owed before.
SALES_WRITE_OFFS = Listing(
    "sales_write_offs",
    SalesWriteOff,
    fields={
        "state": choice_field(WriteOffState),
        "advance": id_field("sad"),
        "lender": id_field("pty"),
        "value_date": date_field(),
    },
    columns={
        "state": SalesWriteOff.state,
        "advance": SalesWriteOff.advance_id,
        "lender": SalesWriteOff.lender_id,
        "value_date": SalesWriteOff.value_date,
    },
    owners=(SalesWriteOff.lender_id,),
)
