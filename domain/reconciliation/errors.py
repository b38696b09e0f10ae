"""What reconciliation refuses."""

from domain.values.errors import DomainError


class NotInSuspense(DomainError):
    """The entry is not one that waits for a person."""

    code = "not_in_suspense"
    status = 409
    en = "Statement entry {entry} is “{state}”, not in suspense. There is nothing to resolve."
    zh = "对账单明细 {entry} 当前状态为“{state}”,不在暂记款中,无需处理。"

    def __init__(self, *, entry: int, state: str) -> None:
        super().__init__(entry=entry, state=state)
