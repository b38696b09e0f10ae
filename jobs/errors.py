"""What keeps a job from being done by hand."""

from datetime import date

from domain.values.errors import DomainError


class DayNotNext(DomainError):
    """Business dates are closed one after the other; this one is closed already, or others come before it."""

    code = "day_not_next"
    status = 409
    en = "{day} cannot be closed: the next business date to close is {next_day}."
    zh = "无法关闭 {day}:下一个待日终的营业日为 {next_day}。"

    def __init__(self, *, day: date, next_day: date) -> None:
        super().__init__(day=day.isoformat(), next_day=next_day.isoformat())


class DayNotCome(DomainError):
    """A business date that lies ahead of the tenant's clock is not closed."""

    code = "day_not_come"
    status = 409
    en = "{day} cannot be closed yet: by the tenant's clock it is {today}, and every day before {day} is closed."
    zh = "尚不能关闭 {day}:租户当前日期为 {today},{day} 之前的营业日均已日终。"

    def __init__(self, *, day: date, today: date) -> None:
        super().__init__(day=day.isoformat(), today=today.isoformat())


class DayBeingClosed(DomainError):
    """The scheduler, or somebody else, closes that business date right now, or has just done so."""

    code = "day_being_closed"
    status = 409
    en = "{day} is being closed by somebody else at this moment. Look again when that is done."
    zh = "{day} 正由其他进程执行日终。请在其完成后再查看。"

    def __init__(self, *, day: date) -> None:
        super().__init__(day=day.isoformat())
