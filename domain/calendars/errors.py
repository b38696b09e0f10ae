"""What bank calendars refuse."""

from datetime import date

from domain.values.errors import DomainError


class DayOfAnotherYear(DomainError):
    """An edit names a day outside the year it is for."""

    code = "day_of_another_year"
    status = 422
    en = "{day} does not lie in {year}. Edit each year by itself."
    zh = "日期 {day} 不在 {year} 年内,请按年份分别维护。"

    def __init__(self, *, day: date, year: int) -> None:
        super().__init__(day=day.isoformat(), year=year)


class DayNamedTwice(DomainError):
    """An edit says two things of one day."""

    code = "day_named_twice"
    status = 422
    en = "{day} is named twice. Say once whether banks work on it."
    zh = "日期 {day} 重复,请只说明一次当日银行是否营业。"

    def __init__(self, *, day: date) -> None:
        super().__init__(day=day.isoformat())
