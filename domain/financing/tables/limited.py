"""What every row with a limit shares: how much of it is used, what stands beyond it, how principal is given back."""

from sqlmodel import Field, SQLModel

from domain.financing.exposure_rules import beyond
from domain.financing.tables.contracts import MINOR
from domain.values.money import Money


class Used(SQLModel):
    """Principal that counts against a limit, or against none where there is none.

    `over_minor` is what stands beyond the limit because it was lowered, or because a payment came back: no new advance
    ever adds to it, and a CHECK of the table refuses whatever else would pass the limit.
    """

    limit_minor: int | None = Field(default=None, sa_type=MINOR)
    used_minor: int = Field(default=0, sa_type=MINOR)
    over_minor: int = Field(default=0, sa_type=MINOR)

    def free(self, minor: int) -> None:
        """Give principal back; below zero, what a returned payment has reopened, which no limit can undo."""
        self.used_minor -= minor
        self.see_over()

    def see_over(self) -> None:
        """Note what stands beyond the limit now, after either of the two has changed."""
        self.over_minor = beyond(self.limit_minor, self.used_minor)


class Limited(Used):
    """Principal that counts against a limit in a currency."""

    currency: str = Field(max_length=3)
    limit_minor: int = Field(sa_type=MINOR)

    @property
    def headroom(self) -> Money:
        """What the limit still lets through."""
        return Money.from_minor(self.limit_minor - self.used_minor, self.currency)
