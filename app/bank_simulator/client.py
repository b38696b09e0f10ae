"""The simulator's control calls from Python: open accounts, bring cash, move the day, look at its books."""

from collections.abc import Iterable
from datetime import date
from typing import Self, TypeVar

import httpx
import msgspec

from app.bank_simulator.structs import (
    AccountIn,
    AccountsIn,
    BalancesView,
    BooksView,
    DayIn,
    DayView,
    DebitsView,
    DepositIn,
    DepositsIn,
    ShortageIn,
    ShortagesIn,
    Taken,
)

Answer = TypeVar("Answer", bound=msgspec.Struct)
ANSWER_SECONDS = 60  # a jump over months is lived through day by day


class SimulatedBank:
    """Whoever plays the world around the bank. Use as a context; raises httpx.HTTPStatusError for a refused call."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=ANSWER_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open_accounts(self, accounts: Iterable[AccountIn]) -> Taken:
        """Open accounts, or take over what changed about known ones."""
        return self._post("/simulator/accounts", AccountsIn(accounts=list(accounts)), Taken)

    def deposit(self, deposits: Iterable[DepositIn]) -> Taken:
        """Bring cash on the days it is for; a known reference is skipped."""
        return self._post("/simulator/deposits", DepositsIn(deposits=list(deposits)), Taken)

    def run_short(self, shortages: Iterable[ShortageIn]) -> Taken:
        """Let accounts be short of funds for named invoices until a day."""
        return self._post("/simulator/shortages", ShortagesIn(shortages=list(shortages)), Taken)

    def set_day(self, on: date) -> DayView:
        """Live through every day up to `on`; today again works another cycle of today."""
        return self._post("/simulator/day", DayIn(on=on), DayView)

    def balances(self) -> BalancesView:
        """All balances as the bank has them."""
        return self._get("/simulator/balances", BalancesView)

    def debits_by_remittance(self) -> DebitsView:
        """What debtors paid, by the text that names the invoice."""
        return self._get("/simulator/debits?by=remittance", DebitsView)

    def books(self) -> BooksView:
        """The bank's own proof that its books balance."""
        return self._get("/simulator/books", BooksView)

    def _post(self, path: str, body: msgspec.Struct, answer: type[Answer]) -> Answer:
        headers = {"Content-Type": "application/json"}
        response = self._client.post(path, content=msgspec.json.encode(body), headers=headers)
        return msgspec.json.decode(response.raise_for_status().content, type=answer)

    def _get(self, path: str, answer: type[Answer]) -> Answer:
        return msgspec.json.decode(self._client.get(path).raise_for_status().content, type=answer)
