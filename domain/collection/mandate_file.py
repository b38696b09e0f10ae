"""A file of mandates for their payers to authorise: all of them are drafted, or none, with every fault named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.collection.enrolment import draft_mandates
from domain.collection.files import (
    Cells,
    Column,
    FileReport,
    both,
    errors_of,
    read_rows,
    sorted_errors,
)
from domain.collection.mandates import MandateLimits, NewMandate, sort_out
from domain.collection.queries import PREFIX
from domain.collection.row_errors import RowError, RowProblem, refused_row
from domain.collection.states import Cycle, MandatePurpose
from domain.parties.accounts import accounts_by_number
from domain.parties.queries import parties_by_code, parties_by_id
from domain.parties.rules import masked
from domain.parties.states import PartyKind
from domain.parties.tables import BankAccount, Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.errors import DomainError

COLUMNS = {
    "reference": Column(("reference", "mandate", "授权编号", "编号"), required=True),
    "account": Column(("account", "account number", "付款账号", "账号"), required=True),
    "payer": Column(("payer", "payer code", "debtor", "付款人", "付款人代码")),
    "currency": Column(("currency", "币种")),
    "purpose": Column(("purpose", "用途")),
    "ends_on": Column(("ends on", "end date", "终止日", "到期日")),
    "max_amount": Column(("max amount", "limit per debit", "单笔限额")),
    "cycle": Column(("cycle", "周期")),
    "max_per_cycle": Column(("max per cycle", "debits per cycle", "每周期次数")),
    "max_total": Column(("max total", "total limit", "累计限额")),
    "payee": Column(("payee", "payee code", "收款方", "收款方代码")),
}
PURPOSES = both(MandatePurpose, ("贸易付款", "资金归集", "租金", "水电费", "保险", "学费", "贷款还款"))
CYCLES = both(Cycle, ("日", "周", "月", "年", "全期"))
_PAYEES = (PartyKind.HQ, PartyKind.BRANCH)
_MOST_PER_CYCLE = 1_000


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as it says it, before its account and firms are looked up."""

    cells: Cells
    reference: str
    number: str
    payer: str
    payee: str
    currency: str
    purpose: MandatePurpose
    ends_on: date | None
    limits: MandateLimits


def import_mandates(
    session: TenantSession,
    *,
    content: bytes,
    file_name: str,
    currency: str,
    keys: KeyRing,
    actor: Actor,
    clock: Clock,
) -> FileReport:
    """Draft the mandates of a CSV or XLSX file, all of them or none; `currency` where a row names no other.

    Raises UnreadableFile, MissingColumns, TooManyRows.
    """
    lines = [_line(cells, currency) for cells in read_rows(content, file_name, COLUMNS)]
    drafts = _drafts(session, lines, keys, clock.today())
    refused = list(errors_of(line.cells for line in lines))
    if not refused:
        refused = [_refused(lines[each.place].cells, each.refusal) for each in sort_out(session, drafts)[1]]
    if refused:
        return FileReport(len(lines), [], sorted_errors(refused))
    drafted = draft_mandates(session, drafts, actor=actor, clock=clock)
    return FileReport(len(lines), [public_id(PREFIX, mandate_id) for mandate_id in drafted], [])


def _refused(cells: Cells, refusal: DomainError) -> RowError:
    return refused_row(cells.number, cells.heading("reference"), refusal)


def _line(cells: Cells, currency: str) -> _Line:
    currency = cells.currency("currency", currency)
    most, total = cells.amount("max_amount", currency), cells.amount("max_total", currency)
    return _Line(
        cells=cells,
        reference=cells.text("reference", limit=35),
        number=cells.text("account", limit=64),
        payer=cells.text("payer", limit=64),
        payee=cells.text("payee", limit=64),
        currency=currency,
        purpose=cells.word("purpose", PURPOSES) or MandatePurpose.TRADE_PAYMENT,
        ends_on=cells.day("ends_on"),
        limits=MandateLimits(
            max_amount_minor=None if most is None else most.minor,
            cycle=cells.word("cycle", CYCLES) or Cycle.TERM,
            max_per_cycle=cells.whole("max_per_cycle", _MOST_PER_CYCLE),
            max_total_minor=None if total is None else total.minor,
        ),
    )


def _drafts(session: TenantSession, lines: Sequence[_Line], keys: KeyRing, today: date) -> list[NewMandate]:
    """The mandates of those rows whose account and firms are known; what is not is noted with its row."""
    accounts = accounts_by_number(session, {line.number for line in lines if line.number}, keys)
    payers = parties_by_id(session, {account.party_id for found in accounts.values() for account in found})
    payees = _payees(session, sorted({line.payee for line in lines if line.payee}))
    drafts = []
    for line in lines:
        account = _account(line, accounts.get(line.number, []), payers)
        payee = payees.get(line.payee)
        if line.payee and payee is None:
            line.cells.refuse("payee", RowProblem.UNKNOWN_PARTY, value=line.payee)
        if account is not None:
            drafts.append(_draft(line, account, None if payee is None else payee.id, today))
    return drafts


def _account(line: _Line, found: Sequence[BankAccount], payers: Mapping[UUID, Party]) -> BankAccount | None:
    """The one account of that number in the currency, which is the payer's if the row names one."""
    alike = [account for account in found if account.currency == line.currency]
    if len(alike) != 1:
        if line.number:
            line.cells.refuse("account", RowProblem.UNKNOWN_ACCOUNT, value=masked(line.number))
        return None
    holder = payers[alike[0].party_id]
    if line.payer not in {"", holder.code}:
        line.cells.refuse("payer", RowProblem.OTHER_PAYER, value=line.payer, holder=holder.code)
    return alike[0]


def _payees(session: TenantSession, codes: Sequence[str]) -> dict[str, Party]:
    found: dict[str, Party] = {}
    for kind in _PAYEES if codes else ():
        found = parties_by_code(session, kind, codes) | found
    return found


def _draft(line: _Line, account: BankAccount, payee_id: UUID | None, today: date) -> NewMandate:
    return NewMandate(
        reference=line.reference,
        party_id=account.party_id,
        account_id=account.id,
        currency=line.currency,
        signed_on=today,
        purpose=line.purpose,
        ends_on=line.ends_on,
        limits=line.limits,
        payee_id=payee_id,
    )
