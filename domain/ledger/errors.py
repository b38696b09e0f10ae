"""What the ledger refuses, and why."""

from uuid import UUID

from domain.ledger.chart import CHART, AccountRef
from domain.values.errors import DomainError
from domain.values.money import Money


class AmountNotPositive(DomainError):
    """A transfer of nothing, or of less."""

    code = "amount_not_positive"
    status = 422
    en = "A transfer moves more than zero, not {amount}. To move money back, swap the accounts."
    zh = "转账金额必须大于零,当前为 {amount}。如需退回,请对调借贷账户。"

    def __init__(self, *, amount: str) -> None:
        super().__init__(amount=amount)


class SameAccount(DomainError):
    """A transfer from an account to itself."""

    code = "same_account"
    status = 422
    en = "A transfer needs two accounts, and both are {account}. Name another one."
    zh = "借方与贷方均为账户 {account},请指定不同账户。"

    def __init__(self, *, account: str) -> None:
        super().__init__(account=account)


class InsufficientFunds(DomainError):
    """The account holds less than the posting takes out of it."""

    code = "insufficient_funds"
    status = 409
    en = "{account} has {available} available, and {required} is needed. Fund it, or take less."
    zh = "账户{account_zh}可用余额为 {available},需要 {required}。请补足余额或减少金额。"

    def __init__(self, *, account: AccountRef, available: Money, required: Money) -> None:
        line = CHART[account.kind]
        owner = f" ({account.owner})" if isinstance(account.owner, UUID) else ""
        self.account = account
        self.available = available
        self.required = required
        super().__init__(
            account=line.en + owner,
            account_zh=line.zh + owner,
            kind=account.kind.value,
            owner=str(account.owner) if account.owner else None,
            available=str(available),
            required=str(required),
        )


class PostingKeyReused(DomainError):
    """The key was booked before, with other content."""

    code = "posting_key_reused"
    status = 409
    en = "“{key}” was already booked with other content. Use a new key for a new event."
    zh = "键“{key}”已用于另一内容的入账,请为新业务使用新的键。"

    def __init__(self, *, key: str) -> None:
        super().__init__(key=key)


class NotPending(DomainError):
    """The transfer is not a hold, or its hold has ended."""

    code = "not_pending"
    status = 409
    en = "Transfer {transfer_id} holds nothing: {reason}. Look up its current state."
    zh = "转账 {transfer_id} 没有可处理的预留:{reason_zh}。请查询其当前状态。"

    def __init__(self, *, transfer_id: int, resolved: bool) -> None:
        reason = "the hold was already posted or voided" if resolved else "no pending transfer has this id"
        reason_zh = "该预留已入账或已撤销" if resolved else "不存在此编号的待处理转账"
        super().__init__(transfer_id=transfer_id, reason=reason, reason_zh=reason_zh)


class CannotReverse(DomainError):
    """The posting cannot be undone by an opposite one."""

    code = "cannot_reverse"
    status = 409
    en = "Posting {posting_id} cannot be reversed: {reason}."
    zh = "入账 {posting_id} 不能冲正:{reason_zh}。"

    def __init__(self, *, posting_id: int, reason: str, reason_zh: str) -> None:
        super().__init__(posting_id=posting_id, reason=reason, reason_zh=reason_zh)


class BatchRefused(DomainError):
    """A strict batch holds a row that cannot be booked; nothing of it, or of its chunk, was."""

    code = "batch_refused"
    status = 422
    en = "Row {line} of “{key}” cannot be booked: {reason}. Correct it, or let the batch set bad rows aside."
    zh = "批次“{key}”第 {line} 行不能入账:{reason}。请更正该行,或允许本批将问题行另行登记。"

    def __init__(self, *, key: str, line: int, reason: str) -> None:
        super().__init__(key=key, line=line, reason=reason)


class BatchChanged(DomainError):
    """A batch resumed with rows that are not the ones it was begun with."""

    code = "batch_changed"
    status = 409
    en = "“{key}” was begun with {begun} and now brings {now}. Give the same rows until it is finished."
    zh = "批次“{key}”开始时为 {begun},现在为 {now}。完成之前请提供相同的数据。"

    def __init__(self, *, key: str, begun: str, now: str) -> None:
        super().__init__(key=key, begun=begun, now=now)


class BatchTooLarge(DomainError):
    """More rows than one transaction should hold the tenant's ledger for."""

    code = "batch_too_large"
    status = 422
    en = "{rows} rows are more than {limit}, the most one transaction books. Post the batch in chunks."
    zh = "{rows} 行超过单笔事务上限 {limit} 行,请分块入账。"

    def __init__(self, *, rows: int, limit: int) -> None:
        super().__init__(rows=rows, limit=limit)
