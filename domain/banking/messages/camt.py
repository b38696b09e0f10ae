"""Statements, intraday reports and notices read: camt.053, camt.052 and camt.054 in any version from 02 to 08."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from lxml.etree import QName

from domain.banking.messages.errors import FieldRefused, MessageIncomplete
from domain.banking.messages.model import NO_CURRENCY, AccountNumber, Balance, Statement, StatementEntry
from domain.banking.messages.parts import account, party_name, reason, reference, remittance
from domain.banking.messages.xml import (
    Element,
    date_of,
    find,
    find_all,
    instant_of,
    money_of,
    next_named,
    raw_text,
    required,
    stream,
    text,
)
from domain.values.money import Money

KINDS = ("camt.052", "camt.053", "camt.054")
_REPORTS = ("Rpt", "Stmt", "Ntfctn")


def read_statements(source: BinaryIO) -> Iterator[Statement]:
    """The accounts of a camt.052, .053 or .054, each with a stream of entries to be consumed before the next account.

    Direction comes from the entry, never from its details. A batch entry is one entry, without the end-to-end id of any
    of its transactions. Raises NotXml, DoctypeForbidden, UnexpectedMessage, MessageIncomplete, FieldRefused.
    """
    nodes = stream(source, KINDS, ("GrpHdr", "Ntry", *_REPORTS))
    created_at = instant_of(next_named(nodes, "GrpHdr"), "CreDtTm")
    empty = True
    for node in nodes:
        empty = False
        report = node.getparent() if QName(node).localname == "Ntry" else node
        assert report is not None, "an entry stands in a report"
        own = account(report, "Acct")
        if own is None:
            raise MessageIncomplete(element="Acct/Id")
        entries = _entries(node, nodes, own)
        yield _statement(report, node, own, created_at, entries)
        for _left_over in entries:
            pass
    if empty:
        raise MessageIncomplete(element=" / ".join(_REPORTS))


def _statement(
    report: Element, first: Element, own: AccountNumber, group_created_at: datetime, entries: Iterator[StatementEntry]
) -> Statement:
    balances = tuple(_balance(node) for node in find_all(report, "Bal"))
    return Statement(
        statement_id=required(report, "Id"),
        account=own,
        currency=_currency(report, first, balances),
        from_on=date_of(report, "FrToDt/FrDtTm"),
        to_on=date_of(report, "FrToDt/ToDtTm"),
        created_at=instant_of(report, "CreDtTm") if find(report, "CreDtTm") is not None else group_created_at,
        balances=balances,
        entries=entries,
    )


def _currency(report: Element, first: Element, balances: tuple[Balance, ...]) -> str:
    stated = text(report, "Acct/Ccy")
    if stated is not None:
        return stated
    if balances:
        return balances[0].amount.currency
    return money_of(first, "Amt").currency if find(first, "Amt") is not None else NO_CURRENCY


def _balance(node: Element) -> Balance:
    on = date_of(node, "Dt")
    if on is None:
        raise MessageIncomplete(element="Bal/Dt")
    kind = required(node, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry")
    return Balance(kind=kind, amount=_signed(node), on=on)


def _signed(node: Element) -> Money:
    """Amt by CdtDbtInd: credit is positive. A reversal needs no second look: its indicator is what was booked."""
    amount, direction = money_of(node, "Amt"), required(node, "CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        raise FieldRefused.malformed("CdtDbtInd", direction, "CRDT / DBIT")
    return amount if direction == "CRDT" else -amount


def _entries(first: Element, nodes: Iterator[Element], own: AccountNumber) -> Iterator[StatementEntry]:
    node: Element | None = first
    while node is not None and QName(node).localname == "Ntry":
        yield _entry(node, own)
        node = next(nodes, None)


def _entry(node: Element, own: AccountNumber) -> StatementEntry:
    details = find_all(node, "NtryDtls/TxDtls")
    only = details[0] if len(details) == 1 else None
    amount = _signed(node)
    return_reason = None if only is None else reason(only, "RtrInf")
    role = counterparty_role(amount, return_reason)
    name, number = (None, None) if only is None else _counterparty(only, own, role)
    return StatementEntry(
        amount=amount,
        booked_on=date_of(node, "BookgDt"),
        value_date=date_of(node, "ValDt"),
        servicer_reference=text(node, "AcctSvcrRef") or (None if only is None else text(only, "Refs/AcctSvcrRef")),
        end_to_end_id=None if only is None else reference(only, "Refs/EndToEndId"),
        status=required(node, "Sts/Cd", "Sts/Prtry", "Sts"),
        bank_transaction_code=_transaction_code(node) or (None if only is None else _transaction_code(only)),
        return_reason=return_reason,
        remittance=(remittance(only) if only is not None else "") or raw_text(node, "AddtlNtryInf") or "",
        counterparty_name=name,
        counterparty_account=number,
    )


def counterparty_role(amount: Money, return_reason: str | None) -> str:
    """Dbtr or Cdtr: who stands on the other side; a return keeps the roles of the payment that comes back."""
    is_credit = amount.amount >= 0
    return "Dbtr" if is_credit != (return_reason is not None) else "Cdtr"


def _counterparty(details: Element, own: AccountNumber, role: str) -> tuple[str | None, AccountNumber | None]:
    """Name and account of the other side; where a bank mixes the roles up, an account that is our own tells."""
    if account(details, f"RltdPties/{role}Acct") == own:
        role = "Cdtr" if role == "Dbtr" else "Dbtr"
    return party_name(details, f"RltdPties/{role}"), account(details, f"RltdPties/{role}Acct")


def _transaction_code(node: Element) -> str | None:
    domain = text(node, "BkTxCd/Domn/Cd")
    if domain is None:
        return text(node, "BkTxCd/Prtry/Cd")
    family, sub_family = text(node, "BkTxCd/Domn/Fmly/Cd"), text(node, "BkTxCd/Domn/Fmly/SubFmlyCd")
    return "-".join(part for part in (domain, family, sub_family) if part)
