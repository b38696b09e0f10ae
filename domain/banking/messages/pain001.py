"""Credit transfers to the bank: pain.001, written as 001.09, read in any version from 03 to 09."""

from collections.abc import Iterator
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.errors import MessageIncomplete
from domain.banking.messages.initiation import Group, Layout, group_header, read_blocks, stated, sums, write_items
from domain.banking.messages.model import ControlSum, CreditTransfer, CreditTransferFile
from domain.banking.messages.parts import Declared, party, remittance
from domain.banking.messages.xml import Element, date_of, money_of, required

KIND = "pain.001.001.09"
_ROOT = "CstmrCdtTrfInitn"


def write_credit_transfers(file: CreditTransferFile, out: BinaryIO) -> ControlSum:
    """Write `file` to `out` item by item, valid against the official schema; the message id also names its one block.

    Raises FieldRefused for text the schema does not allow and ControlSumMismatch when the items are not what the file
    declares; what `out` holds is then no message and must be thrown away.
    """
    header = group_header(file.message_id, file.created_at, file.count, file.total, file.initiating_name)
    out.write((writing.document(KIND, _ROOT) + header + _block(file)).encode())
    control = write_items(file.items, _item, (file.count, file.total), out)
    out.write(("</PmtInf>" + writing.closing(_ROOT)).encode())
    return control


def _block(file: CreditTransferFile) -> str:
    return (
        f"<PmtInf><PmtInfId>{writing.identifier('MsgId', file.message_id)}</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<BtchBookg>false</BtchBookg>{sums(file.count, file.total)}"
        f"<ReqdExctnDt><Dt>{file.execution_on.isoformat()}</Dt></ReqdExctnDt>"
        f"{writing.party_account_bank('Dbtr', file.debtor)}\n"
    )


def _item(item: CreditTransfer) -> str:
    creditor = item.creditor
    agent = f"<CdtrAgt>{writing.bank(creditor.bank_id)}</CdtrAgt>" if creditor.bank_id is not None else ""
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{writing.identifier('EndToEndId', item.end_to_end_id)}</EndToEndId></PmtId>"
        f"<Amt>{writing.amount('InstdAmt', item.amount)}</Amt>{agent}"
        f"<Cdtr><Nm>{writing.words('Cdtr/Nm', creditor.name)}</Nm></Cdtr>"
        f"<CdtrAcct>{writing.account_id(creditor.account)}</CdtrAcct>{writing.remittance(item.remittance)}</CdtTrfTxInf>\n"
    )


def read_credit_transfers(source: BinaryIO) -> Iterator[CreditTransferFile]:
    """The payment blocks of a pain.001, streamed: see `read_blocks` for order, errors and when the sums are proved."""
    return read_blocks(source, _LAYOUT)


def _read_block(
    group: Group, block: Element, declared: Declared, items: Iterator[CreditTransfer]
) -> CreditTransferFile:
    count, total = stated(group, declared)
    execution_on = date_of(block, "ReqdExctnDt")
    if execution_on is None:
        raise MessageIncomplete(element="PmtInf/ReqdExctnDt")
    return CreditTransferFile(
        message_id=group.message_id,
        created_at=group.created_at,
        initiating_name=group.initiating_name,
        execution_on=execution_on,
        debtor=party(block, "Dbtr"),
        count=count,
        total=total,
        items=items,
    )


def _read_item(node: Element) -> CreditTransfer:
    return CreditTransfer(
        end_to_end_id=required(node, "PmtId/EndToEndId"),
        amount=money_of(node, "Amt/InstdAmt", "Amt/EqvtAmt/Amt"),
        creditor=party(node, "Cdtr"),
        remittance=remittance(node),
    )


_LAYOUT = Layout(kind="pain.001", item_tag="CdtTrfTxInf", file=_read_block, item=_read_item)
