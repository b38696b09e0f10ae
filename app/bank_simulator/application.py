"""The bank's HTTP: a Litestar application of its own that shares nothing with ours."""

import time
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK, HTTP_504_GATEWAY_TIMEOUT

from app.bank_simulator.bank import Bank
from app.bank_simulator.faults import NO_FAULTS, Dice, Fault, FaultPlan
from app.bank_simulator.proof import DebitKey
from app.bank_simulator.store import Store
from app.bank_simulator.structs import (
    AccountsIn,
    AnswersView,
    BalancesView,
    BooksView,
    DayIn,
    DayView,
    DebitsView,
    DepositsIn,
    ShortagesIn,
    Taken,
)
from domain.banking.channels.signing import SeenSignatures, SigningKey, check_signature, signed_path
from domain.platform.clock import Clock, SystemClock
from domain.values.business_days import BusinessCalendar
from domain.values.errors import DomainError

XML = "application/xml"
MAX_BODY_BYTES = 1_000_000_000  # a file of a million debits is about 700 MB
WEEKENDS_OFF = BusinessCalendar()
_SYSTEM_CLOCK = SystemClock()


def create_bank(
    store_path: Path | None = None,
    seed: int = 0,
    faults: FaultPlan = NO_FAULTS,
    calendar: BusinessCalendar = WEEKENDS_OFF,
    *,
    keys: Collection[SigningKey] = (),
    clock: Clock = _SYSTEM_CLOCK,
) -> Litestar:
    """A bank with books of its own, at `store_path` or in memory; see the package for its contract.

    With `keys` whatever a client sends has to be signed by one of them, at about the time of `clock`.
    """
    bank = Bank(Store(store_path), Dice(seed, faults), calendar)

    def the_bank() -> Bank:
        return bank

    return Litestar(
        [
            send_message,
            get_message,
            get_answers,
            get_statements,
            open_accounts,
            schedule_deposits,
            schedule_shortages,
            move_day,
            get_balances,
            get_debits,
            get_books,
        ],
        before_request=_Checkpoint(tuple(keys), clock).check if keys else None,
        dependencies={"bank": Provide(the_bank, sync_to_thread=False)},
        exception_handlers={DomainError: refuse},
        on_shutdown=[bank.store.close],
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )


class _Checkpoint:
    """Lets in what is signed; the control calls are nobody's but the simulator's own."""

    def __init__(self, keys: Collection[SigningKey], clock: Clock) -> None:
        self._keys, self._clock, self._seen = keys, clock, SeenSignatures()

    async def check(self, request: Request[object, object, State]) -> None:
        """Raise SignatureRefused for what is not signed, or comes again."""
        if request.url.path.startswith("/simulator/"):
            return
        path = signed_path(request.scope["raw_path"], request.scope["query_string"])
        now = self._clock.now()
        check_signature(self._keys, request.headers, request.method, path, await request.body(), at=now)
        self._seen.take(request.headers, at=now)


def refuse(_: Request[object, object, State], error: DomainError) -> Response[dict[str, object]]:
    """A refused control call as a problem document."""
    problem: dict[str, object] = {"type": error.code, "status": error.status, "detail": error.message("en")}
    return Response(problem, status_code=error.status, media_type="application/problem+json")


@post("/messages", sync_to_thread=True)
def send_message(body: RawBody, bank: NamedDependency[Bank]) -> Response[bytes]:
    """Take a pain.001 or pain.008 in; a lost reply is lost only once, and only after the file was taken."""
    reply = bank.take_in(body)
    if bank.dice.strikes(Fault.SLOW, reply.message_id):
        time.sleep(bank.dice.plan.slow_ms / 1000)
    if reply.is_new and bank.dice.strikes(Fault.REPLY_LOST, reply.message_id):
        return Response(b"", status_code=HTTP_504_GATEWAY_TIMEOUT, media_type=XML)
    return Response(reply.answer.encode(), status_code=reply.status, media_type=XML)


@get("/messages/{message_id:path}", sync_to_thread=True)
def get_message(message_id: FromPath[str], bank: NamedDependency[Bank]) -> Response[bytes]:
    """What became of a message so far; ids may hold slashes."""
    return Response(bank.latest_report(message_id.removeprefix("/")).encode(), media_type=XML)


@get("/answers", sync_to_thread=True)
def get_answers(
    bank: NamedDependency[Bank],
    after: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
) -> AnswersView:
    """The queue behind a cursor."""
    return bank.answers_after(after, limit)


@get("/statements", sync_to_thread=True)
def get_statements(
    bank: NamedDependency[Bank], on: FromQuery[date], account: FromQuery[str | None] = None
) -> Response[bytes]:
    """The camt.053 of a day."""
    return Response(bank.statement_document(on, account), media_type=XML)


@post("/simulator/accounts", sync_to_thread=True)
def open_accounts(data: JSONBody[AccountsIn], bank: NamedDependency[Bank]) -> Taken:
    """Open accounts in bulk."""
    return bank.open_accounts(data.accounts)


@post("/simulator/deposits", sync_to_thread=True)
def schedule_deposits(data: JSONBody[DepositsIn], bank: NamedDependency[Bank]) -> Taken:
    """Schedule cash from outside in bulk."""
    return bank.schedule_deposits(data.deposits)


@post("/simulator/shortages", sync_to_thread=True)
def schedule_shortages(data: JSONBody[ShortagesIn], bank: NamedDependency[Bank]) -> Taken:
    """Let accounts be short of funds in bulk."""
    return bank.schedule_shortages(data.shortages)


@post("/simulator/day", status_code=HTTP_200_OK, sync_to_thread=True)
def move_day(data: JSONBody[DayIn], bank: NamedDependency[Bank]) -> DayView:
    """Move the business date."""
    return bank.move_to(data.on)


@get("/simulator/balances", sync_to_thread=True)
def get_balances(bank: NamedDependency[Bank]) -> BalancesView:
    """All balances now."""
    return bank.balances()


@get("/simulator/debits", sync_to_thread=True)
def get_debits(
    bank: NamedDependency[Bank],
    by: FromQuery[DebitKey] = "end_to_end_id",
    account: FromQuery[str | None] = None,
    key: FromQuery[str | None] = None,
) -> DebitsView:
    """What debtors paid, net of returns."""
    return bank.debits(by, account, key)


@get("/simulator/books", sync_to_thread=True)
def get_books(bank: NamedDependency[Bank]) -> BooksView:
    """Σ = 0, recomputed."""
    return bank.proof()
