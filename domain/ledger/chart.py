"""The chart of accounts: every kind, the side it grows on, whether it may fall below zero, and its names."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class AccountKind(StrEnum):
    """What an account is for; there is one account per kind, currency and owner."""

    CASH_AT_BANK = "cash_at_bank"
    IN_TRANSIT = "in_transit"
    SUSPENSE = "suspense"
    WALLET = "wallet"
    CLIENT_FUNDS = "client_funds"
    IC_DUE_FROM_HEADER = "ic_due_from_header"
    IC_DUE_TO_BRANCH = "ic_due_to_branch"
    ADVANCE_PRINCIPAL = "advance_principal"
    INTEREST_RECEIVABLE = "interest_receivable"
    PENALTY_RECEIVABLE = "penalty_receivable"
    HOLDBACK_PAYABLE = "holdback_payable"
    DEPOSIT_HELD = "deposit_held"
    FUNDING_CAPITAL = "funding_capital"
    TRADE_PAYABLE = "trade_payable"
    PAID_ELSEWHERE = "paid_elsewhere"
    TAKINGS = "takings"
    DISCOUNT_INCOME = "discount_income"
    PURCHASES = "purchases"
    FEE_INCOME = "fee_income"
    INTEREST_INCOME = "interest_income"
    PENALTY_INCOME = "penalty_income"
    COST_RECOVERY = "cost_recovery"
    DILUTION_CLAIM = "dilution_claim"
    RECOURSE_CLAIM = "recourse_claim"
    PROVISION = "provision"
    BAD_DEBT = "bad_debt"
    FX_POSITION = "fx_position"
    TOLERANCE = "tolerance"
    IC_INTEREST_RECEIVABLE = "ic_interest_receivable"
    IC_INTEREST_PAYABLE = "ic_interest_payable"
    IC_INTEREST_INCOME = "ic_interest_income"
    IC_INTEREST_EXPENSE = "ic_interest_expense"
    SALES_ADVANCE = "sales_advance"
    SALES_ADVANCE_INCOME = "sales_advance_income"


class Section(StrEnum):
    """Where a kind stands in the accounts; the value is the root name that accountants' tools know."""

    ASSETS = "assets"
    LIABILITIES = "liabilities"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSES = "expenses"


class Side(StrEnum):
    """The side of an entry."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class ChartLine:
    """What the chart says of a kind."""

    section: Section
    may_go_negative: bool
    en: str
    zh: str

    @property
    def normal_side(self) -> Side:
        """The side the balance grows on: assets and expenses by debits, the rest by credits."""
        return Side.DEBIT if self.section in {Section.ASSETS, Section.EXPENSES} else Side.CREDIT


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by what it is. `owner` is a party, for cash and in transit the own bank account, or None."""

    kind: AccountKind
    currency: str
    owner: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind.value} {self.currency} {self.owner or '-'}"


_FLOOR, _FREE = False, True  # whether a kind may go negative

# Income and expense may be corrected in a later period than they were booked in, so they have no floor; neither have
# positions that change sides by nature. What is owed to somebody, or kept for him, cannot be less than nothing.
CHART: dict[AccountKind, ChartLine] = {
    AccountKind.CASH_AT_BANK: ChartLine(Section.ASSETS, _FLOOR, "Cash at bank", "银行存款"),
    # Money on its way has left one side and not reached the other: either may be booked first.
    AccountKind.IN_TRANSIT: ChartLine(Section.ASSETS, _FREE, "In transit", "在途资金"),
    AccountKind.SUSPENSE: ChartLine(Section.LIABILITIES, _FREE, "Suspense", "暂记款"),
    AccountKind.WALLET: ChartLine(Section.LIABILITIES, _FLOOR, "Wallet", "往来钱包"),
    # Collected for somebody and not paid to him yet; below zero when the payer's bank takes back what was paid out.
    AccountKind.CLIENT_FUNDS: ChartLine(Section.LIABILITIES, _FLOOR, "Client funds", "代收待付款"),
    # A branch that is funded beyond what it gave up owes its header: the position turns around.
    AccountKind.IC_DUE_FROM_HEADER: ChartLine(Section.ASSETS, _FREE, "Due from header", "内部往来-应收总部"),
    AccountKind.IC_DUE_TO_BRANCH: ChartLine(Section.LIABILITIES, _FREE, "Due to branch", "内部往来-应付分支"),
    AccountKind.ADVANCE_PRINCIPAL: ChartLine(Section.ASSETS, _FLOOR, "Advance principal", "融资本金"),
    # Interest taken in front (R4) is received before it is earned.
    AccountKind.INTEREST_RECEIVABLE: ChartLine(Section.ASSETS, _FREE, "Interest receivable", "应收利息"),
    AccountKind.PENALTY_RECEIVABLE: ChartLine(Section.ASSETS, _FLOOR, "Penalty receivable", "应收罚息"),
    AccountKind.HOLDBACK_PAYABLE: ChartLine(Section.LIABILITIES, _FLOOR, "Holdback payable", "应付尾款"),
    AccountKind.DEPOSIT_HELD: ChartLine(Section.LIABILITIES, _FLOOR, "Deposit held", "保证金"),
    AccountKind.FUNDING_CAPITAL: ChartLine(Section.EQUITY, _FLOOR, "Funding capital", "出资本金"),
    # A buyer that paid more than it owed has a claim until it is paid back.
    AccountKind.TRADE_PAYABLE: ChartLine(Section.LIABILITIES, _FREE, "Trade payable", "应付账款"),
    # Payables whose payment left accounts that these books do not keep.
    AccountKind.PAID_ELSEWHERE: ChartLine(Section.LIABILITIES, _FREE, "Paid elsewhere", "账外付款"),
    AccountKind.TAKINGS: ChartLine(Section.INCOME, _FREE, "Takings", "营业款"),
    AccountKind.FEE_INCOME: ChartLine(Section.INCOME, _FREE, "Fee income", "手续费收入"),
    AccountKind.DISCOUNT_INCOME: ChartLine(Section.INCOME, _FREE, "Discount income", "现金折扣收入"),
    AccountKind.INTEREST_INCOME: ChartLine(Section.INCOME, _FREE, "Interest income", "利息收入"),
    AccountKind.PENALTY_INCOME: ChartLine(Section.INCOME, _FREE, "Penalty income", "罚息收入"),
    AccountKind.COST_RECOVERY: ChartLine(Section.INCOME, _FREE, "Cost recovery", "费用收回"),
    AccountKind.DILUTION_CLAIM: ChartLine(Section.ASSETS, _FLOOR, "Dilution claim", "摊薄追索款"),
    AccountKind.RECOURSE_CLAIM: ChartLine(Section.ASSETS, _FLOOR, "Recourse claim", "追索权债权"),
    AccountKind.PROVISION: ChartLine(Section.LIABILITIES, _FLOOR, "Provision", "风险准备"),
    AccountKind.PURCHASES: ChartLine(Section.EXPENSES, _FREE, "Purchases", "采购成本"),
    AccountKind.BAD_DEBT: ChartLine(Section.EXPENSES, _FREE, "Bad debt", "坏账损失"),
    AccountKind.FX_POSITION: ChartLine(Section.EQUITY, _FREE, "FX position", "外汇敞口"),
    AccountKind.TOLERANCE: ChartLine(Section.EXPENSES, _FREE, "Tolerance differences", "容差损益"),
    # Interest between branches and their header, both sides of it; what was valued late may take it back.
    AccountKind.IC_INTEREST_RECEIVABLE: ChartLine(
        Section.ASSETS, _FREE, "Intercompany interest receivable", "内部往来-应收利息"
    ),
    AccountKind.IC_INTEREST_PAYABLE: ChartLine(
        Section.LIABILITIES, _FREE, "Intercompany interest payable", "内部往来-应付利息"
    ),
    AccountKind.IC_INTEREST_INCOME: ChartLine(
        Section.INCOME, _FREE, "Intercompany interest income", "内部往来-利息收入"
    ),
    AccountKind.IC_INTEREST_EXPENSE: ChartLine(
        Section.EXPENSES, _FREE, "Intercompany interest expense", "内部往来-利息支出"
    ),
    # At amortised cost: what was paid out and earned, less what came back out of sales.
    AccountKind.SALES_ADVANCE: ChartLine(Section.ASSETS, _FLOOR, "Advances out of sales", "销售收入还款融资"),
    AccountKind.SALES_ADVANCE_INCOME: ChartLine(
        Section.INCOME, _FREE, "Income from advances out of sales", "销售收入还款融资收益"
    ),
}
