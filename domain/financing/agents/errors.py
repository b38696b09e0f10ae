"""What is refused of agents, with the numbers behind it."""

from datetime import date

from domain.values.errors import DomainError


class NotAnAgent(DomainError):
    """A party that cannot be enrolled, because it is no agent or has no tax id."""

    code = "not_an_agent"
    status = 409
    en = "{party} cannot be enrolled: {reason_en}. Correct the party first."
    zh = "{party} 不能登记为代理人:{reason_zh}。请先更正主体资料。"

    def __init__(self, *, party: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(party=party, reason_en=reason_en, reason_zh=reason_zh)


class AgentEnrolled(DomainError):
    """The agent has a profile already."""

    code = "agent_enrolled"
    status = 409
    en = "Agent {agent} is enrolled already. Change its profile instead."
    zh = "代理人 {agent} 已登记,请直接修改其资料。"

    def __init__(self, *, agent: str) -> None:
        super().__init__(agent=agent)


class NoAgentPolicy(DomainError):
    """No policy for agents is in force."""

    code = "no_agent_policy"
    status = 409
    en = "No policy for agents is in force on {on}. Set one that begins by then."
    zh = "{on} 没有生效的代理人风险政策,请先设定。"

    def __init__(self, *, on: date) -> None:
        super().__init__(on=on.isoformat())


class AgentChangedSince(DomainError):
    """What was proposed changes something that is no longer as it was looked at."""

    code = "agent_changed_since"
    status = 409
    en = "The terms of agent {agent} were changed after this was proposed. Look at them, and propose again."
    zh = "代理人 {agent} 的条款在提出变更后已有修改,请核对后重新提出。"

    def __init__(self, *, agent: str) -> None:
        super().__init__(agent=agent)


class PolicyBackdated(DomainError):
    """A policy would change the past, or a day that has one."""

    code = "policy_backdated"
    status = 409
    en = "A policy cannot begin on {valid_from}: it must begin on {earliest} or later, on a day that has none yet."
    zh = "政策不能自 {valid_from} 起生效,生效日须不早于 {earliest},且该日尚无其他政策。"

    def __init__(self, *, valid_from: date, earliest: date) -> None:
        super().__init__(valid_from=valid_from.isoformat(), earliest=earliest.isoformat())


class PolicyOutOfRange(DomainError):
    """A figure no policy has."""

    code = "policy_out_of_range"
    status = 422
    en = "{field} is {value}, outside {low} to {high}."
    zh = "{field} 为 {value},超出范围 {low} 至 {high}。"

    def __init__(self, *, field: str, value: object, low: object, high: object) -> None:
        super().__init__(field=field, value=str(value), low=str(low), high=str(high))


class AgentLimitExceeded(DomainError):
    """A sale would take the agent beyond its limit (R26)."""

    code = "agent_limit_exceeded"
    status = 409
    rules = ("R26",)
    en = (
        "A sale of {amount} exceeds the agent's headroom of {headroom}: limit {limit} (capacity {capacity}, deposit "
        "{deposit} x {multiple}, status {risk_status}), outstanding {outstanding}. Remit early or add to the deposit."
    )
    zh = (
        "销售额 {amount} 超过代理人可用额度 {headroom}:限额 {limit}(销售能力 {capacity},保证金 {deposit} × {multiple},"
        "风险等级 {risk_status}),未结清 {outstanding}。请提前汇款或补充保证金。"
    )

    def __init__(
        self,
        *,
        amount: str,
        headroom: str,
        limit: str,
        capacity: str,
        deposit: str,
        multiple: str,
        risk_status: str,
        outstanding: str,
    ) -> None:
        super().__init__(
            amount=amount,
            headroom=headroom,
            limit=limit,
            capacity=capacity,
            deposit=deposit,
            multiple=multiple,
            risk_status=risk_status,
            outstanding=outstanding,
        )


class SaleNotPositive(DomainError):
    """A sale to be authorised is of nothing, or negative."""

    code = "sale_not_positive"
    status = 422
    en = "{amount} cannot be authorised. A sale is more than zero; report refunds as negative lines."
    zh = "{amount} 不能授权,销售额须大于零;退款请以负数行申报。"

    def __init__(self, *, amount: str) -> None:
        super().__init__(amount=amount)


class SaleReferenceReused(DomainError):
    """A reference names another sale already."""

    code = "sale_reference_reused"
    status = 409
    en = "The reference “{reference}” is a sale of {known} already, not of {amount}. Use a reference of its own."
    zh = "编号“{reference}”已对应销售额 {known},与 {amount} 不符,请使用新的编号。"

    def __init__(self, *, reference: str, known: str, amount: str) -> None:
        super().__init__(reference=reference, known=known, amount=amount)


class OtherCurrency(DomainError):
    """An agent settles in one currency."""

    code = "agent_currency"
    status = 422
    en = "Agent {agent} settles in {expected}, not in {given}."
    zh = "代理人 {agent} 以 {expected} 结算,而非 {given}。"

    def __init__(self, *, agent: str, expected: str, given: str) -> None:
        super().__init__(agent=agent, expected=expected, given=given)


class DepositTooLow(DomainError):
    """A return would leave less deposit than secures what is outstanding (R26)."""

    code = "deposit_too_low"
    status = 409
    rules = ("R26",)
    en = (
        "{amount} cannot be returned: of a deposit of {deposit}, {returning} is on its way back, and {needed} secures "
        "{outstanding} outstanding. At most {free} is free."
    )
    zh = (
        "不能退还 {amount}:保证金 {deposit} 中 {returning} 正在退还,{needed} 用于担保未结清款项 {outstanding},"
        "最多可退 {free}。"
    )

    def __init__(self, *, amount: str, deposit: str, returning: str, needed: str, outstanding: str, free: str) -> None:
        super().__init__(
            amount=amount, deposit=deposit, returning=returning, needed=needed, outstanding=outstanding, free=free
        )


class NothingOwed(DomainError):
    """A default is declared over more than the agent owes."""

    code = "default_exceeds_outstanding"
    status = 409
    en = "A default of {owed} cannot be declared: {outstanding} is outstanding. Declare what is owed, above zero."
    zh = "不能申报违约金额 {owed}:未结清款项为 {outstanding}。违约金额须大于零且不超过未结清款项。"

    def __init__(self, *, owed: str, outstanding: str) -> None:
        super().__init__(owed=owed, outstanding=outstanding)


class DefaultOpen(DomainError):
    """The agent is in default already."""

    code = "default_open"
    status = 409
    en = "Default {default} of this agent is still open. Settle it first."
    zh = "该代理人的违约 {default} 尚未结清,请先处理。"

    def __init__(self, *, default: str) -> None:
        super().__init__(default=default)


class ClaimOverpaid(DomainError):
    """More is paid on a claim than it says."""

    code = "claim_overpaid"
    status = 422
    en = "{amount} was paid on a claim of {open}. Record what belongs to the claim, above zero."
    zh = "索赔余额为 {open},不能登记付款 {amount}。付款须大于零且不超过余额。"

    def __init__(self, *, amount: str, open_amount: str) -> None:
        super().__init__(amount=amount, open=open_amount)


class NobodyLeftToClaim(DomainError):
    """The seller stands last in the order of default (R27)."""

    code = "nobody_left_to_claim"
    status = 409
    rules = ("R27",)
    en = "Claim {claim} is on the last in the order of default. It is paid or stays open."
    zh = "索赔 {claim} 已是违约偿付顺序的最后一位,只能付清或保持未结。"

    def __init__(self, *, claim: str) -> None:
        super().__init__(claim=claim)
