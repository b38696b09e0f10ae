"""Statements, intraday reports and notices read: camt.053, camt.052 and camt.054 in any version from 01 to 08."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from lxml import etree

from domain.banking.messages.alike import Alike, stream_alike
from domain.banking.messages.errors import CurrenciesMixed, FieldRefused, MessageIncomplete
from domain.banking.messages.fields import Fields, count_of
from domain.banking.messages.model import (
    NO_CURRENCY,
    AccountNumber,
    Balance,
    Batch,
    EntryDetail,
    Statement,
    StatementEntry,
)
from domain.banking.messages.parts import account, party_name, reason, reference, remittance
from domain.banking.messages.shapes import Shapes
from domain.banking.messages.xml import Element, find_all, next_named
from domain.values.money import Money

KINDS = ("camt.052", "camt.053", "camt.054")
_REPORTS = ("Rpt", "Stmt", "Ntfctn")
_ENTRY, _DETAIL = "Ntry", "TxDtls"
_DETAIL_OF_ENTRY = f"NtryDtls/{_DETAIL}"
_COUNT_OF_BATCH, _MESSAGE_OF_BATCH, _BLOCK_OF_BATCH = (
    (f"NtryDtls/Btch/{name}", f"Btch/{name}") for name in ("NbOfTxs", "MsgId", "PmtInfId")
)
_NOTHING_TOLD = Fields(etree.Element("TxDtls"))


def read_statements(source: BinaryIO) -> Iterator[Statement]:
    """The accounts of a camt.052, .053 or .054, each with a stream of entries to be consumed before the next account.

    Direction comes from the entry, never from its details; a batch entry is one entry, the parent of its details.
    Raises NotXml, DoctypeForbidden, MessageTooLarge, UnexpectedMessage, MessageIncomplete, FieldRefused, and
    CurrenciesMixed for an entry that is not in the currency of its account.
    """
    wanted = ("GrpHdr", _ENTRY, _DETAIL, *_REPORTS)
    nodes = stream_alike(source, KINDS, wanted, whole=_ENTRY, part=_DETAIL_OF_ENTRY)
    created_at = Fields(next_named(nodes, "GrpHdr")).instant("CreDtTm")
    empty = True
    for node in nodes:
        assert not isinstance(node, Alike), "the first of a report follows no other entry"
        empty = False
        entries = _Entries(node, nodes)
        report = _report_of(node)
        yield _statement(report, entries, created_at)
        for _left_over in entries:
            pass
    if empty:
        raise MessageIncomplete(element=" / ".join(_REPORTS))


def _report_of(node: Element) -> Element:
    """The report a node stands in, or is."""
    report: Element | None = node
    while report is not None and etree.QName(report).localname not in _REPORTS:
        report = report.getparent()
    if report is None:
        raise MessageIncomplete(element=" / ".join(_REPORTS))
    return report


def _statement(report: Element, entries: "_Entries", group_created_at: datetime) -> Statement:
    head = Fields(report)
    own = account(head, "Acct")
    if own is None:
        raise MessageIncomplete(element="Acct/Id")
    balances = tuple(_balance(Fields(node)) for node in find_all(report, "Bal"))
    entries.own, entries.currency = own, _currency(head, balances)
    return Statement(
        statement_id=head.required("Id"),
        account=own,
        currency=entries.currency,
        from_on=head.date("FrToDt/FrDtTm"),
        to_on=head.date("FrToDt/ToDtTm"),
        created_at=head.instant("CreDtTm") if head.text("CreDtTm") is not None else group_created_at,
        balances=balances,
        entries=entries,
    )


def _currency(head: Fields, balances: tuple[Balance, ...]) -> str:
    stated = head.text("Acct/Ccy")
    if stated is not None:
        return stated
    if balances:
        return balances[0].amount.currency
    first = head.money(f"{_ENTRY}/Amt")
    return NO_CURRENCY if first is None else first.currency


def _balance(node: Fields) -> Balance:
    on = node.date("Dt")
    if on is None:
        raise MessageIncomplete(element="Bal/Dt")
    return Balance(
        kind=node.required("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry"), amount=_signed(node), on=on
    )


def _signed(node: Fields) -> Money:
    """Amt by CdtDbtInd: credit is positive. A reversal needs no second look: its indicator is what was booked."""
    amount, direction = node.required_money("Amt"), node.required("CdtDbtInd")
    if direction == "CRDT":
        return amount
    if direction == "DBIT":
        return -amount
    raise FieldRefused.malformed("CdtDbtInd", direction, "CRDT / DBIT")


class _Entries(Iterator[StatementEntry]):
    """The entries of one report as they come; its account is read before the first is asked for."""

    own: AccountNumber
    currency: str

    def __init__(self, first: Element, nodes: Iterator[Element | Alike]) -> None:
        self._entries = self._read(first, nodes)

    def __next__(self) -> StatementEntry:
        return next(self._entries)

    def _read(self, first: Element, nodes: Iterator[Element | Alike]) -> Iterator[StatementEntry]:
        """A transaction ends before its entry does, so that of a batch of any size only the values are kept."""
        node: Element | Alike | None = first
        details: list[Fields] = []
        shapes = Shapes()
        while node is not None:
            if isinstance(node, Alike):
                yield self._checked(_entry(node.told, [] if node.part is None else [node.part], self.own))
                node = next(nodes, None)
                continue
            told = shapes.fields(node)
            if told.name == _DETAIL:
                details.append(told)
            elif told.name == _ENTRY:
                yield self._checked(_entry(told, details, self.own))
                details = []
            else:
                return
            node = next(nodes, None)

    def _checked(self, entry: StatementEntry) -> StatementEntry:
        if entry.amount.currency != self.currency:
            raise CurrenciesMixed(account=self.currency, entry=entry.amount.currency)
        return entry


def _entry(node: Fields, details: list[Fields], own: AccountNumber) -> StatementEntry:
    amount = _signed(node)
    # One transaction is the entry itself; several are its children.
    only = details[0] if len(details) == 1 else _NOTHING_TOLD
    return_reason = reason(only, "RtrInf")
    name, number = _counterparty(only, own, counterparty_role(amount, return_reason))
    return StatementEntry(
        amount,
        node.date("BookgDt"),
        node.date("ValDt"),
        node.text("AcctSvcrRef") or only.text("Refs/AcctSvcrRef"),
        reference(only, "Refs/EndToEndId"),
        node.required("Sts/Cd", "Sts/Prtry", "Sts"),
        _transaction_code(node) or _transaction_code(only),
        return_reason,
        remittance(only) or node.raw("AddtlNtryInf") or "",
        name,
        number,
        _batch(node),
        () if len(details) == 1 else tuple(_detail(amount, detail, own) for detail in details),
    )


def _detail(entry_amount: Money, told: Fields, own: AccountNumber) -> EntryDetail:
    return_reason = reason(told, "RtrInf")
    name, number = _counterparty(told, own, counterparty_role(entry_amount, return_reason))
    amount = told.money("Amt", "AmtDtls/TxAmt/Amt")
    return EntryDetail(
        amount=amount if amount is None or entry_amount.amount >= 0 else -amount,
        servicer_reference=told.text("Refs/AcctSvcrRef"),
        end_to_end_id=reference(told, "Refs/EndToEndId"),
        bank_transaction_code=_transaction_code(told),
        return_reason=return_reason,
        remittance=remittance(told),
        counterparty_name=name,
        counterparty_account=number,
    )


def counterparty_role(amount: Money, return_reason: str | None) -> str:
    """Dbtr or Cdtr: who stands on the other side; a return keeps the roles of the payment that comes back."""
    is_credit = amount.amount >= 0
    return "Dbtr" if is_credit != (return_reason is not None) else "Cdtr"


def _counterparty(details: Fields, own: AccountNumber, role: str) -> tuple[str | None, AccountNumber | None]:
    """Name and account of the other side; where a bank mixes the roles up, an account that is our own tells."""
    number = account(details, f"RltdPties/{role}Acct")
    if number is not None and number.number == own.number:
        role = "Cdtr" if role == "Dbtr" else "Dbtr"
        number = account(details, f"RltdPties/{role}Acct")
    return party_name(details, f"RltdPties/{role}"), number


def _batch(node: Fields) -> Batch | None:
    """Since version 02 beside the details, before that beside the amount."""
    if node.text(*_COUNT_OF_BATCH, *_MESSAGE_OF_BATCH, *_BLOCK_OF_BATCH) is None:
        return None
    count = node.text(*_COUNT_OF_BATCH)
    return Batch(
        node.text(*_MESSAGE_OF_BATCH),
        node.text(*_BLOCK_OF_BATCH),
        None if count is None else count_of("NbOfTxs", count),
    )


def _transaction_code(node: Fields) -> str | None:
    domain = node.text("BkTxCd/Domn/Cd")
    if domain is None:
        return node.text("BkTxCd/Prtry/Cd")
    family, sub_family = node.text("BkTxCd/Domn/Fmly/Cd"), node.text("BkTxCd/Domn/Fmly/SubFmlyCd")
    if family and sub_family:
        return f"{domain}-{family}-{sub_family}"
    return "-".join(filter(None, (domain, family, sub_family)))
