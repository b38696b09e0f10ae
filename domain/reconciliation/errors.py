"""What reconciliation refuses."""

from collections.abc import Sequence

from domain.values.errors import DomainError


class NotInSuspense(DomainError):
    """The entry is not one that waits for a person."""

    code = "not_in_suspense"
    status = 409
    en = "Statement entry {entry} is “{state}”, not in suspense. There is nothing to resolve."
    zh = "对账单明细 {entry} 当前状态为“{state}”,不在暂记款中,无需处理。"

    def __init__(self, *, entry: int, state: str) -> None:
        super().__init__(entry=entry, state=state)


class NotForSuspense(DomainError):
    """An entry cannot be booked by hand to a kind of account whose items a module keeps."""

    code = "not_for_suspense"
    status = 422
    en = "An entry is not booked to “{kind}” by hand, because its items are kept elsewhere. Choose one of: {allowed}."
    zh = "“{kind}”的明细由系统维护,不可手工入账,可选科目:{allowed}。"

    def __init__(self, *, kind: str, allowed: Sequence[str]) -> None:
        super().__init__(kind=kind, allowed=", ".join(allowed))
