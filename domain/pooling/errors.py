"""What pooling refuses, with the figures behind it."""

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
