"""The numbered rules in a sentence each, and where each comes from: what explanations and refusals quote. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its number; `citation` is the law, the practice or the contract field it follows."""

    number: str
    en: str
    zh: str
    citation: str


_CONTRACT = "contract field"
_RULES = (
    Rule(
        "R1",
        "Lend at most rate × eligible balance, and no more than any limit leaves",
        "可融资额为合格余额×融资比例,且不超过各项额度",
        "three-level limits",
    ),
    Rule(
        "R2",
        "Interest counts the first day and not the last",
        "计息算头不算尾",
        f"{_CONTRACT}: day count (ISDA 2006, 4.16)",
    ),
    Rule("R3", "Interest in arrears: cash out is the advance less the fee", "后收息:放款额为融资额减手续费", _CONTRACT),
    Rule("R4", "Interest in advance is kept out of the cash", "先收息:放款时扣收利息", "Civil Code art. 670"),
    Rule(
        "R5",
        "What is left after all that is owed is the seller's reserve",
        "清偿后余额为卖方尾款",
        "Civil Code art. 766",
    ),
    Rule(
        "R6",
        "After the due date the penalty rate replaces the contract rate",
        "逾期后罚息利率替代合同利率",
        f"{_CONTRACT}: overdue clause",
    ),
    Rule(
        "R7",
        "One debt: costs, then penalty and interest, then principal",
        "单笔债务清偿顺序:费用、罚息与利息、本金",
        "Civil Code art. 561",
    ),
    Rule(
        "R8",
        "Several debts: the payer's choice, then matured, least secured, most burdensome, earliest",
        "数笔债务清偿顺序:付款人指定、到期、担保最少、负担最重、到期最早",
        "Civil Code art. 560",
    ),
    Rule(
        "R9",
        "Early settlement bears actual days; unused interest goes back",
        "提前结清按实际天数计息,多收利息退还",
        _CONTRACT,
    ),
    Rule(
        "R10",
        "A credit note calls from the seller what was lent on it",
        "贷项通知减少债权,卖方补足相应融资",
        f"{_CONTRACT}: dilution clause",
    ),
    Rule(
        "R11",
        "Recourse: the seller buys its invoice back for all that is owed",
        "追索:卖方按未清偿总额回购应收账款",
        "Civil Code art. 766",
    ),
    Rule(
        "R12",
        "Without recourse the lender keeps the surplus, unless agreed otherwise",
        "无追索保理的盈余归保理人,另有约定除外",
        "Civil Code art. 767",
    ),
    Rule(
        "R13",
        "Two lenders: registered first, notified first, then pro rata",
        "多重保理:先登记、先通知、按比例",
        "Civil Code art. 768",
    ),
    Rule("R14", "The all-in rate is shown before acceptance", "接受报价前须展示综合年化成本", "10 CCR 913, 951"),
    Rule(
        "R15",
        "Repayment out of sales: a share of each day's, until advance and fee are paid; the fee is earned by the "
        "effective rate",
        "销售收入还款:按每日销售额的固定比例偿还,直至本金与费用还清,费用按实际利率确认",
        f"{_CONTRACT}: share of sales; effective interest method",
    ),
    Rule(
        "R16",
        "Accruals are rounded in total, so that they never drift",
        "累计计息后舍入,误差不累积",
        "largest remainder of days",
    ),
    Rule("R17", "Shares of a sum add up to it", "分摊之和等于总额", "largest remainder"),
    Rule(
        "R20",
        "Borrowing base: over-age, cross-age, contra, affiliate, concentration, rate",
        "借款基数:超龄、交叉超龄、对冲、关联、集中度、比例",
        "asset-based lending practice",
    ),
    Rule("R21", "An agent's capacity follows from its mean sales", "代理人额度按平均销售额计算", "IATA risk guide"),
    Rule(
        "R22",
        "One debtor and related debtors are a bounded share of all that is lent",
        "单一及关联债务人集中度限制",
        "notice 205 of 2019",
    ),
    Rule(
        "R23",
        "Provide 1 % of what is out; over 90 days late does not perform",
        "按融资余额至少1%计提准备,逾期超过90天为不良",
        "notice 205 of 2019",
    ),
    Rule(
        "R24",
        "A due date on a holiday rolls; the contract says whether interest runs",
        "到期日遇节假日顺延,是否计息由合同约定",
        f"{_CONTRACT}: roll convention",
    ),
    Rule(
        "R26",
        "An agent's limit is the least of capacity and deposit multiple",
        "代理人限额取测算额度与保证金倍数之小者",
        "IATA risk guide",
    ),
    Rule(
        "R27",
        "An agent's default: deposit, next payouts, guarantor, recourse",
        "代理人违约处置:保证金、后续付款、担保人、追索",
        f"{_CONTRACT}: agency agreement",
    ),
    Rule(
        "R28",
        "A large buyer owes a small seller 0.05 % a day, or an agreed rate of at least the LPR at signing",
        "大型企业迟延付款按每日万分之五,或不低于订立时LPR的约定利率,向中小企业支付逾期利息",
        "State Council Decree 802, art. 17",
    ),
)
RULE: Mapping[str, Rule] = {rule.number: rule for rule in _RULES}


def citations_of(numbers: Iterable[str]) -> list[str]:
    """Where rules come from, each source once, in their order; what has no number is a source by itself."""
    return list(dict.fromkeys(RULE[number].citation if number in RULE else number for number in numbers))
