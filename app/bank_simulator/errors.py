"""Refusals of the simulator's control calls; what is wrong with a payment message is answered by pain.002 instead."""

from datetime import date

from domain.values.errors import DomainError


class BankNotOpen(DomainError):
    """No business date has been set yet."""

    code = "bank_simulator_not_open"
    status = 503
    en = "The bank has no business date yet. Set one with POST /simulator/day."
    zh = "模拟银行尚未设定营业日期,请先调用 POST /simulator/day。"


class DayPassed(DomainError):
    """The business date only moves forward."""

    code = "bank_simulator_day_passed"
    status = 409
    en = "The bank is at {today} and cannot go back to {on}."
    zh = "模拟银行当前营业日为 {today},不能退回到 {on}。"

    def __init__(self, *, today: date, on: date) -> None:
        super().__init__(today=today.isoformat(), on=on.isoformat())


class DayNotReached(DomainError):
    """A statement of a day that has not been."""

    code = "bank_simulator_day_not_reached"
    status = 409
    en = "The bank is at {today}; there is no statement of {on} yet."
    zh = "模拟银行当前营业日为 {today},{on} 的对账单尚未生成。"

    def __init__(self, *, today: date, on: date) -> None:
        super().__init__(today=today.isoformat(), on=on.isoformat())


class ReferenceReused(DomainError):
    """A deposit reference came again with another account, amount or date."""

    code = "bank_simulator_reference_reused"
    status = 409
    en = "The reference “{reference}” stands for another deposit already."
    zh = "参考号“{reference}”已用于另一笔存款。"

    def __init__(self, *, reference: str) -> None:
        super().__init__(reference=reference)
