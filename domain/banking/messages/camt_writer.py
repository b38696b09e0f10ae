"""Statements and notices written: camt.053.001.08 and camt.054.001.08, as a bank (or a sandbox) issues them."""

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO, Literal

from domain.banking.messages import writing
from domain.banking.messages.camt import counterparty_role
from domain.banking.messages.model import Balance, Batch, EntryDetail, Statement, StatementEntry
from domain.values.money import Money

StatementKind = Literal["camt.052", "camt.053", "camt.054"]
_TAGS = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def write_statements(
    statements: Iterable[Statement], out: BinaryIO, *, kind: StatementKind, message_id: str, created_at: datetime
) -> None:
    """Write one document with a report per statement, entry by entry, valid against the official schemas (001.08).

    A notice (camt.054) has no balances; the schemas want at least one report, and a camt.053 at least one balance in
    each. Raises FieldRefused.
    """
    root, tag = _TAGS[kind]
    header = (
        f"<GrpHdr><MsgId>{writing.identifier('MsgId', message_id)}</MsgId>"
        f"<CreDtTm>{writing.instant(created_at)}</CreDtTm></GrpHdr>\n"
    )
    out.write((writing.document(f"{kind}.001.08", root) + header).encode())
    for statement in statements:
        assert statement.balances or kind != "camt.053", "a statement states its balances"
        out.write(f"<{tag}>{_opening(statement)}\n".encode())
        out.writelines(_entry(entry).encode() for entry in statement.entries)
        out.write(f"</{tag}>\n".encode())
    out.write(writing.closing(root).encode())


def _opening(statement: Statement) -> str:
    return (
        f"<Id>{writing.identifier('Stmt/Id', statement.statement_id)}</Id>"
        f"<CreDtTm>{writing.instant(statement.created_at)}</CreDtTm>{_period(statement)}"
        f"<Acct>{writing.account_id(statement.account)}<Ccy>{statement.currency}</Ccy></Acct>"
        + "".join(_balance(balance) for balance in statement.balances)
    )


def _period(statement: Statement) -> str:
    if statement.from_on is None or statement.to_on is None:
        return ""
    return (
        f"<FrToDt><FrDtTm>{statement.from_on.isoformat()}T00:00:00Z</FrDtTm>"
        f"<ToDtTm>{statement.to_on.isoformat()}T23:59:59Z</ToDtTm></FrToDt>"
    )


def _balance(balance: Balance) -> str:
    kind = writing.identifier("Bal/Tp", balance.kind)
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_signed(balance.amount)}"
        f"<Dt><Dt>{balance.on.isoformat()}</Dt></Dt></Bal>"
    )


def _signed(amount: Money) -> str:
    direction = "CRDT" if amount.amount >= 0 else "DBIT"
    return f'<Amt Ccy="{amount.currency}">{abs(amount.amount):f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def _entry(entry: StatementEntry) -> str:
    booked = "" if entry.booked_on is None else f"<BookgDt><Dt>{entry.booked_on.isoformat()}</Dt></BookgDt>"
    value = "" if entry.value_date is None else f"<ValDt><Dt>{entry.value_date.isoformat()}</Dt></ValDt>"
    own_reference = writing.tagged("AcctSvcrRef", entry.servicer_reference)
    return (
        f"<Ntry>{_signed(entry.amount)}<Sts><Cd>{writing.identifier('Sts', entry.status)}</Cd></Sts>"
        f"{booked}{value}{own_reference}<BkTxCd>{_transaction_code(entry.bank_transaction_code)}</BkTxCd>"
        f"<NtryDtls>{_batch(entry.batch)}{_transactions(entry)}</NtryDtls></Ntry>\n"
    )


def _transactions(entry: StatementEntry) -> str:
    """Of a batch every transaction; else the one that is the entry itself."""
    if not entry.details:
        return (
            f"<TxDtls>{_references(None, entry.end_to_end_id)}{_counterparty(entry.amount, entry)}"
            f"{writing.remittance(entry.remittance)}{_return(entry.return_reason)}</TxDtls>"
        )
    return "".join(_transaction(entry.amount, detail) for detail in entry.details)


def _transaction(entry_amount: Money, detail: EntryDetail) -> str:
    code = detail.bank_transaction_code
    return (
        f"<TxDtls>{_references(detail.servicer_reference, detail.end_to_end_id)}"
        + ("" if detail.amount is None else _signed(detail.amount))
        + ("" if code is None else f"<BkTxCd>{_transaction_code(code)}</BkTxCd>")
        + f"{_counterparty(entry_amount, detail)}{writing.remittance(detail.remittance)}"
        f"{_return(detail.return_reason)}</TxDtls>"
    )


def _batch(batch: Batch | None) -> str:
    if batch is None:
        return ""
    count = "" if batch.count is None else f"<NbOfTxs>{batch.count}</NbOfTxs>"
    return (
        f"<Btch>{writing.tagged('MsgId', batch.message_id)}{writing.tagged('PmtInfId', batch.block_id)}{count}</Btch>"
    )


def _references(servicer_reference: str | None, end_to_end_id: str | None) -> str:
    written = writing.tagged("AcctSvcrRef", servicer_reference) + writing.tagged("EndToEndId", end_to_end_id)
    return f"<Refs>{written}</Refs>" if written else ""


def _transaction_code(code: str | None) -> str:
    if code is None:
        return ""
    written = writing.identifier("BkTxCd", code)
    match written.split("-"):
        case [domain, family, sub_family]:
            return f"<Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub_family}</SubFmlyCd></Fmly></Domn>"
        case _:
            return f"<Prtry><Cd>{written}</Cd></Prtry>"


def _counterparty(entry_amount: Money, told: StatementEntry | EntryDetail) -> str:
    role = counterparty_role(entry_amount, told.return_reason)
    name, account = told.counterparty_name, told.counterparty_account
    party = "" if name is None else f"<{role}><Pty><Nm>{writing.words('Nm', name)}</Nm></Pty></{role}>"
    number = "" if account is None else f"<{role}Acct>{writing.account_id(account)}</{role}Acct>"
    return f"<RltdPties>{party}{number}</RltdPties>" if party or number else ""


def _return(code: str | None) -> str:
    return "" if code is None else f"<RtrInf>{writing.reason(code)}</RtrInf>"
