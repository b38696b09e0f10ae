"""What pooling refuses, with the figures behind it."""

from datetime import date

from domain.values.errors import DomainError
from domain.values.money import Money


class CollarAboveThreshold(DomainError):
    """The collar would keep more than the balance that triggers the sweep."""

    code = "collar_above_threshold"
    status = 422
    en = "A collar keeps {keep}, more than the threshold {threshold} it starts at. Keep at most the threshold."
    zh = "留底金额 {keep} 高于触发门槛 {threshold},留底金额不得超过触发门槛。"

    def __init__(self, *, keep: Money, threshold: Money) -> None:
        super().__init__(keep=str(keep), threshold=str(threshold))


class MaximumNotInLots(DomainError):
    """A sweep capped at the maximum would not be a whole number of lots."""

    code = "maximum_not_in_lots"
    status = 422
    en = "The maximum {maximum} is not a multiple of the lot {lot}. Choose a multiple."
    zh = "单笔上限 {maximum} 不是取整单位 {lot} 的整数倍,请调整。"

    def __init__(self, *, maximum: Money, lot: Money) -> None:
        super().__init__(maximum=str(maximum), lot=str(lot))


class MinimumAboveMaximum(DomainError):
    """No sweep could ever be large enough and small enough."""

    code = "minimum_above_maximum"
    status = 422
    en = "The minimum {minimum} is above the maximum {maximum}. Lower the minimum or raise the maximum."
    zh = "单笔下限 {minimum} 高于上限 {maximum},请调整。"

    def __init__(self, *, minimum: Money, maximum: Money) -> None:
        super().__init__(minimum=str(minimum), maximum=str(maximum))


class SweepTermNotAllowed(DomainError):
    """A figure of the sweep terms lies outside what the method can work with."""

    code = "sweep_term_not_allowed"
    status = 422
    en = "{term} is {value}; it must be {allowed}."
    zh = "{term} 为 {value},应满足:{allowed}。"

    def __init__(self, *, term: str, value: object, allowed: str) -> None:
        super().__init__(term=term, value=str(value), allowed=allowed)


class AccountAlreadyPooled(DomainError):
    """The account belongs to a structure already, as member or header."""

    code = "account_already_pooled"
    status = 409
    en = "Account {account} belongs to a pool already. Remove it there first: it can be swept by one pool only."
    zh = "账户 {account} 已属于一个资金池,只能归集一次,请先将其移出。"

    def __init__(self, *, account: object) -> None:
        super().__init__(account=str(account))


class ParentNotInPool(DomainError):
    """A member hangs below an account that stands later in the list, or not in it at all."""

    code = "parent_not_in_pool"
    status = 422
    en = "Account {account} hangs below {parent}, which is not a member listed before it. List upper accounts first."
    zh = "账户 {account} 的上级 {parent} 不在其之前的成员中,请先列出上级账户。"

    def __init__(self, *, account: object, parent: object) -> None:
        super().__init__(account=str(account), parent=str(parent))


class ProposalAltered(DomainError):
    """The sweeps of a proposal are no longer those whose digest was approved."""

    code = "proposal_altered"
    status = 409
    en = "The sweeps of proposal {proposal} are not those that were approved. Nothing is sent; tell an auditor."
    zh = "归集方案 {proposal} 的明细与审批时不一致,已停止执行,请通知审计人员。"

    def __init__(self, *, proposal: object) -> None:
        super().__init__(proposal=str(proposal))


class TakingsFileUnreadable(DomainError):
    """The file of till weeks cannot be read at all."""

    code = "takings_file_unreadable"
    status = 422
    en = "The takings file cannot be read: {problem_en}. Nothing was imported."
    zh = "营业款文件无法读取:{problem_zh}。未导入任何数据。"

    def __init__(self, *, problem_en: str, problem_zh: str) -> None:
        super().__init__(problem_en=problem_en, problem_zh=problem_zh)


class NotOurAccount(DomainError):
    """A pool holds accounts whose bank takes our instructions; this one it does not."""

    code = "not_our_account"
    status = 422
    en = "Account {account} is not one that we operate. Register it as an own account first."
    zh = "账户 {account} 不是本集团可操作的账户,请先登记为自有账户。"

    def __init__(self, *, account: object) -> None:
        super().__init__(account=str(account))


class TransferBetweenBanks(DomainError):
    """An internal transfer needs both accounts with one bank."""

    code = "transfer_between_banks"
    status = 422
    en = "Accounts {account} and {parent} are with different banks. Sweep by credit transfer or direct debit."
    zh = "账户 {account} 与 {parent} 不在同一家银行,请改用贷记转账或直接借记归集。"

    def __init__(self, *, account: object, parent: object) -> None:
        super().__init__(account=str(account), parent=str(parent))


class ChangeInThePast(DomainError):
    """A change of a pool would apply to days that are over; what was swept then stands."""

    code = "change_in_the_past"
    status = 422
    en = "The change would apply from {effective_on}, before today ({today}). Let it begin today or later."
    zh = "变更生效日 {effective_on} 早于今日({today}),请选择今日或之后的日期。"

    def __init__(self, *, effective_on: date, today: date) -> None:
        super().__init__(effective_on=effective_on.isoformat(), today=today.isoformat())


class ChangeWaiting(DomainError):
    """Another change of the pool waits for its approval or its date."""

    code = "change_waiting"
    status = 409
    en = "Change {version} of this pool waits already. Decide on it, or let it come into force, first."
    zh = "该资金池已有待生效的变更 {version},请先审批或待其生效。"

    def __init__(self, *, version: object) -> None:
        super().__init__(version=str(version))


class VersionAltered(DomainError):
    """The rows of a pool's change are no longer those that were proposed."""

    code = "version_altered"
    status = 409
    en = "The members of change {version} are not those that were proposed. Nothing is changed; tell an auditor."
    zh = "变更 {version} 的成员与提交时不一致,未作任何更改,请通知审计人员。"

    def __init__(self, *, version: object) -> None:
        super().__init__(version=str(version))


class SweepNotInProposal(DomainError):
    """An edit names a sweep that the proposal does not have, or that was skipped already."""

    code = "sweep_not_in_proposal"
    status = 422
    en = "Sweep {sweep} is not one of proposal {proposal} that would be made. Name sweeps that are proposed."
    zh = "归集明细 {sweep} 不属于方案 {proposal} 的待执行明细,请核对。"

    def __init__(self, *, sweep: object, proposal: object) -> None:
        super().__init__(sweep=str(sweep), proposal=str(proposal))


class BeyondTheRule(DomainError):
    """A person may lower a proposed amount, never raise it beyond what the rules gave."""

    code = "beyond_the_rule"
    status = 422
    en = "{amount} is more than the rules gave ({rule}), or less than nothing. Lower the amount, or drop the sweep."
    zh = "金额 {amount} 超出规则计算结果 {rule} 或为负数,只能调低金额或删除该笔归集。"

    def __init__(self, *, amount: Money, rule: Money) -> None:
        super().__init__(amount=str(amount), rule=str(rule))


class OutsideTheLimits(DomainError):
    """An edited amount is no whole number of lots, or below the minimum."""

    code = "outside_the_limits"
    status = 422
    en = "{amount} must be a multiple of the lot {lot} and at least {minimum}."
    zh = "金额 {amount} 应为取整单位 {lot} 的整数倍,且不低于 {minimum}。"

    def __init__(self, *, amount: Money, lot: Money, minimum: Money) -> None:
        super().__init__(amount=str(amount), lot=str(lot), minimum=str(minimum))


class EditLeavesAccountShort(DomainError):
    """After the edit an account would send what it has not, because a leg it counted on is smaller."""

    code = "edit_leaves_account_short"
    status = 422
    en = "Account {account} would fall to {balance}, below {floor}. Lower or drop what it sends as well."
    zh = "账户 {account} 将降至 {balance},低于 {floor},请同时调低或删除其付出的归集。"

    def __init__(self, *, account: object, balance: Money, floor: Money) -> None:
        super().__init__(account=str(account), balance=str(balance), floor=str(floor))


class NotYetMoved(DomainError):
    """Only a sweep that moved cash has a value date that can be corrected."""

    code = "not_yet_moved"
    status = 409
    en = "Sweep {sweep} is “{state}”: it moved nothing yet. Correct the value date of one that was executed."
    zh = "归集明细 {sweep} 当前状态为“{state}”,尚未划款,无法更正起息日。"

    def __init__(self, *, sweep: object, state: str) -> None:
        super().__init__(sweep=str(sweep), state=state)


class SameValueDate(DomainError):
    """The correction says what the books have."""

    code = "same_value_date"
    status = 422
    en = "The sweep is valued on {value_date} already. Give the date the bank says."
    zh = "该笔归集的起息日已是 {value_date},请填写银行确认的起息日。"

    def __init__(self, *, value_date: date) -> None:
        super().__init__(value_date=value_date.isoformat())


class BadCron(DomainError):
    """The text is no cron expression of five fields, or names a time at which nothing runs."""

    code = "bad_cron"
    status = 422
    en = "“{expression}” cannot be used: {problem_en}. Write five fields such as “30 11,16 * * 1-5”."
    zh = "“{expression}”无法使用:{problem_zh}。请按五段格式填写,例如“30 11,16 * * 1-5”。"

    def __init__(self, *, expression: str, problem_en: str, problem_zh: str) -> None:
        super().__init__(expression=expression, problem_en=problem_en, problem_zh=problem_zh)


class PeriodTooLong(DomainError):
    """A replay or report was asked for more days than are worked out at a time."""

    code = "pool_period_too_long"
    status = 422
    en = "{days} days were asked for; at most {limit} are worked out at a time."
    zh = "请求 {days} 天,超出单次上限 {limit} 天。"

    def __init__(self, *, days: int, limit: int) -> None:
        super().__init__(days=days, limit=limit)
