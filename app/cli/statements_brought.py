"""What a file of statements came to, as a person reads it and as a program does."""

from collections.abc import Iterator

import msgspec
import typer
from rich.table import Table

from app.api.reconciliation_dto import ExceptionView, exception_view
from app.api.statements_dto import (
    AgreementView,
    ImportedView,
    StatementView,
    agreement_view,
    imported_view,
    statement_view,
)
from app.cli.listings import print_table
from app.cli.tenants import spoken
from app.money_dto import MoneyDto
from domain.banking.brought import first_statements, masks_of
from domain.banking.states import EntryState, ExceptionKind
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.pooling.service import PREFIX as PROPOSAL
from domain.reconciliation.states import Recognised, SuspenseReason
from domain.values.money import Money
from jobs.statements_by_hand import FileBrought

MAX_SHOWN = 200  # of a chain's thousand accounts, those that need somebody come first
MAX_LINES = 20  # what a terminal shows at once; --json has more
_HEADINGS = ("account 账户", "from 起", "to 止", "opening 期初", "closing 期末", "adds up 试算", "books 账面")
_STATES = {
    EntryState.MATCHED: ("matched", "已匹配"),
    EntryState.RECOGNISED: ("recognised", "已识别"),
    EntryState.SUSPENSE: ("in suspense", "挂账"),
    EntryState.IMPORTED: ("waiting for the bank's report", "等待银行回单"),
    EntryState.PENDING: ("announced, not booked", "预告未入账"),
    EntryState.RESOLVED: ("resolved", "已处理"),
}
_REASONS: dict[str, tuple[str, str]] = {
    Recognised.TAKINGS: ("takings", "营业款"),
    Recognised.RECEIPT: ("receipts of debtors", "付款人回款"),
    Recognised.CAPITAL: ("lenders' money", "出资款"),
    Recognised.AGENT: ("agents' money", "代理人款项"),
    SuspenseReason.UNRECOGNISED: ("nobody knows what it is", "无法识别"),
    SuspenseReason.UNKNOWN_REFERENCE: ("a reference of ours that names no instruction", "编号无对应指令"),
    SuspenseReason.OTHER_ACCOUNT: ("the instruction moves other accounts", "与指令账户不符"),
    SuspenseReason.AMOUNT_DIFFERS: ("the amount differs", "金额不符"),
    SuspenseReason.BOOKED_TWICE: ("booked twice by the bank", "银行重复记账"),
    SuspenseReason.CONTRADICTION: ("the bank had refused it", "银行曾拒绝"),
}
_ANSWERS = {None: ("-", "-"), True: ("yes", "是"), False: ("NO", "否")}
_WAITING = {
    ExceptionKind.UNKNOWN_ACCOUNT: (
        "{account} is none of our accounts: its statement {bank_reference} is held back. Register it, import again.",
        "{account} 不是本方账户:对账单 {bank_reference} 未导入。请登记该账户后重新导入。",
    ),
    ExceptionKind.STATEMENT_SUM: (
        "{statement}: opening {opening} and entries of {entries} are not closing {closing}. Fetch it again.",
        "{statement}:期初 {opening} 加发生额 {entries} 不等于期末 {closing},请重新获取。",
    ),
    ExceptionKind.STATEMENT_GAP: (
        "{statement} opens with {opening}, the one before closed with {previous}. A statement is missing between.",
        "{statement} 期初为 {opening},上一份期末为 {previous},其间缺少对账单。",
    ),
}


class StandingView(msgspec.Struct, kw_only=True):
    """How many of the new entries are in a state, and for what reason."""

    state: EntryState
    reason: str | None
    entries: int


class ShownStatement(msgspec.Struct, kw_only=True):
    """A new statement, the mask of its account, and whether opening plus entries is closing: None where unstated."""

    statement: StatementView
    masked: str
    adds_up: bool | None


class BroughtView(msgspec.Struct, kw_only=True):
    """What a file was and what became of it; of statements, exceptions and agreements the first 200."""

    dry_run: bool
    imported: ImportedView
    entries: list[StandingView]
    statements: list[ShownStatement]
    waiting: int
    exceptions: list[ExceptionView]
    accounts: int
    disagreeing: int
    agreements: list[AgreementView]
    runs_closed: int
    proposals: list[str]


def brought_view(session: TenantSession, brought: FileBrought, *, dry_run: bool) -> BroughtView:
    """What became of a file, read before its transaction ends."""
    return BroughtView(
        dry_run=dry_run,
        imported=imported_view(brought.imported),
        entries=[StandingView(state=each.state, reason=each.reason, entries=each.entries) for each in brought.standing],
        statements=_statements(session, brought),
        waiting=len(brought.exceptions),
        exceptions=[exception_view(each) for each in brought.exceptions[:MAX_SHOWN]],
        accounts=len(brought.agreements),
        disagreeing=sum(not each.agrees for each in brought.agreements),
        agreements=[agreement_view(each) for each in brought.agreements[:MAX_SHOWN]],
        runs_closed=brought.runs_closed,
        proposals=[public_id(PROPOSAL, each.id) for each in brought.proposals],
    )


def _statements(session: TenantSession, brought: FileBrought) -> list[ShownStatement]:
    rows = first_statements(session, brought.imported, MAX_SHOWN)
    masks = masks_of(session, {row.account_id for row in rows})
    off = {each.statement_id for each in brought.exceptions if each.kind is ExceptionKind.STATEMENT_SUM}
    return [
        ShownStatement(
            statement=statement_view(row),
            masked=masks[row.account_id],
            adds_up=None if row.opening_minor is None or row.closing_minor is None else row.id not in off,
        )
        for row in rows
    ]


def print_brought(shown: BroughtView) -> None:
    """Counts, statements, and last what waits for somebody."""
    for line in _counts(shown):
        typer.echo(line)
    if shown.statements:
        print_table(_table(shown))
    for line in [*_waiting(shown), *_differences(shown)]:
        typer.echo(line, err=True)


def _counts(shown: BroughtView) -> Iterator[str]:
    said = shown.imported
    if shown.dry_run:
        yield spoken("worked out, nothing kept", "试算,未入账")
    yield spoken(
        f"{len(said.statement_ids):,} statements new, {said.entries_new:,} entries new, {said.entries_known:,} known",
        f"新对账单 {len(said.statement_ids):,} 份,新明细 {said.entries_new:,} 笔,已有 {said.entries_known:,} 笔",
    )
    for each in shown.entries:
        reason = "" if each.reason is None else f" ({spoken(*_REASONS.get(each.reason, (each.reason,) * 2))})"
        yield f"  {spoken(*_STATES[each.state])}{reason}: {each.entries:,}"
    if shown.runs_closed:
        yield f"  {spoken('runs closed', '关闭批次')}: {shown.runs_closed}"
    if shown.proposals:
        yield f"  {spoken('sweeps proposed', '归集提议')}: {', '.join(shown.proposals)}"


def _table(shown: BroughtView) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold cyan")
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=True)
    agreed = {each.account_id: each for each in shown.agreements}
    for each in shown.statements[:MAX_LINES]:
        told = each.statement
        agreement = agreed.get(told.account_id)
        books = None if agreement is None or agreement.stated_on != told.closed_on else agreement.agrees
        balances = (_text(told.opening), _text(told.closing))
        table.add_row(
            each.masked,
            str(told.opened_on),
            str(told.closed_on),
            *balances,
            spoken(*_ANSWERS[each.adds_up]),
            spoken(*_ANSWERS[books]),
        )
    return table


def _waiting(shown: BroughtView) -> Iterator[str]:
    for each in shown.exceptions[:MAX_LINES]:
        facts = each.facts | {"statement": each.statement_id or ""}
        if each.kind is ExceptionKind.STATEMENT_GAP:
            currency = facts["currency"]
            facts["opening"] = str(Money.from_minor(int(facts["opening_minor"]), currency))
            facts["previous"] = str(Money.from_minor(int(facts["previous_closing_minor"]), currency))
        yield spoken(*_WAITING[each.kind]).format_map(facts)
    if shown.waiting > MAX_LINES:
        yield spoken(f"and {shown.waiting - MAX_LINES:,} more", f"另有 {shown.waiting - MAX_LINES:,} 项")


def _differences(shown: BroughtView) -> Iterator[str]:
    for each in shown.agreements[:MAX_LINES]:
        if not each.agrees:
            books, bank, difference = _text(each.books), _text(each.bank), _text(each.difference)
            yield spoken(
                f"{each.masked} on {each.on}: the bank has {bank}, our books {books}; bank less books {difference}.",
                f"{each.masked} {each.on}:银行余额 {bank},账面 {books},差额 {difference}。",
            )


def _text(amount: MoneyDto | None) -> str:
    return "-" if amount is None else str(amount.money())
