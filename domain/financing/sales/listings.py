"""What advances out of sales, and the sales themselves, can be listed by."""

from domain.financing.sales.states import SalesAdvanceState
from domain.financing.sales.tables import MerchantSale, SalesAdvance
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
