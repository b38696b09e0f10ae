"""The kinds of account, purpose, party and run as they stand: one CHECK each, whoever added which."""

from domain.migrations.enums import allow

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = (
    *("cash_at_bank", "in_transit", "suspense", "wallet", "client_funds", "ic_due_from_header", "ic_due_to_branch"),
    *("advance_principal", "interest_receivable", "penalty_receivable", "holdback_payable", "deposit_held"),
    *("funding_capital", "trade_payable", "paid_elsewhere", "takings", "discount_income", "purchases", "fee_income"),
    *("interest_income", "penalty_income", "cost_recovery", "dilution_claim", "recourse_claim", "provision"),
    *("bad_debt", "fx_position", "tolerance", "ic_interest_receivable", "ic_interest_payable", "ic_interest_income"),
    *("ic_interest_expense",),
)
PURPOSES = (
    *("advance_disbursement", "receivable_collection", "holdback_release", "early_payment", "recourse_collection"),
    *("sweep", "entrusted_collection", "client_payout", "payout", "refund", "deposit_return", "wallet_refund"),
)
PARTY_KINDS = (*("hq", "branch", "supplier", "agent", "debtor", "lender", "payee", "client", "payer"),)
RUN_KINDS = (*("debit", "disbursement", "sweep", "release", "payout"),)


def upgrade() -> None:
    allow("kind", ACCOUNT_KINDS, "ledger_account")
    allow("purpose", PURPOSES, "instruction", "planned_attempt", "over_debit")
    allow("kind", PARTY_KINDS, "party")
    allow("kind", RUN_KINDS, "run", "run_limit")


def downgrade() -> None:
    pass  # rows of the newer kinds may be there: a wider CHECK harms no older program
