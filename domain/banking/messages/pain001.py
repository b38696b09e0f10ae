"""Credit transfers to the bank: pain.001, written as 001.09, read in any version from 03 to 09."""

from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from domain.banking.messages import writing
from domain.banking.messages.errors import MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.initiation import Layout, group_header, read_file, sums, write_blocks
from domain.banking.messages.model import ControlSum, CreditTransfer, CreditTransferBlock, CreditTransferFile, Party
from domain.banking.messages.parts import Declared, party, remittance

KIND = "pain.001.001.09"
_ROOT = "CstmrCdtTrfInitn"


def write_credit_transfers(file: CreditTransferFile, out: BinaryIO) -> ControlSum:
    """Write `file` to `out` block by block and item by item, valid against the official schema.

    Raises FieldRefused for text the schema does not allow and ControlSumMismatch when the items are not what a header
    declares; what `out` holds is then no message and must be thrown away.
    """
    header = group_header(file.message_id, file.created_at, file.count, file.total, file.initiating_name)
    out.write((writing.document(KIND, _ROOT) + header).encode())
    blocks = ((_opening(block), block) for block in file.blocks)
    control = write_blocks(blocks, _item, (file.count, file.total), out)
    out.write(writing.closing(_ROOT).encode())
    return control


def _opening(block: CreditTransferBlock) -> str:
    return (
        f"<PmtInf><PmtInfId>{writing.identifier('PmtInfId', block.block_id)}</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<BtchBookg>{str(block.batch_booking).lower()}</BtchBookg>{sums(block.count, block.total)}"
        f"<ReqdExctnDt><Dt>{block.execution_on.isoformat()}</Dt></ReqdExctnDt>"
        f"{writing.party_account_bank('Dbtr', block.debtor)}\n"
    )


def _item(item: CreditTransfer) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{writing.identifier('EndToEndId', item.end_to_end_id)}</EndToEndId></PmtId>"
        f"<Amt>{writing.amount('InstdAmt', item.amount)}</Amt>{_creditor(item.creditor)}"
        f"{writing.remittance(item.remittance)}</CdtTrfTxInf>\n"
    )


@lru_cache(maxsize=writing.KEPT_PARTIES)
def _creditor(creditor: Party) -> str:
    agent = f"<CdtrAgt>{writing.bank(creditor.bank_id)}</CdtrAgt>" if creditor.bank_id is not None else ""
    return (
        f"{agent}<Cdtr><Nm>{writing.words('Cdtr/Nm', creditor.name)}</Nm>{writing.address(creditor.address)}</Cdtr>"
        f"<CdtrAcct>{writing.account_id(creditor.account)}</CdtrAcct>"
    )


def read_credit_transfers(source: BinaryIO) -> CreditTransferFile:
    """A pain.001, its blocks and items streamed: see `read_file` for order, errors and when the sums are proved."""
    group, blocks = read_file(source, _LAYOUT)
    return CreditTransferFile(
        message_id=group.message_id,
        created_at=group.created_at,
        initiating_name=group.initiating_name,
        count=group.declared.count,
        total=group.declared.total,
        blocks=blocks,
    )


def _read_block(block: Fields, declared: Declared, items: Iterator[CreditTransfer]) -> CreditTransferBlock:
    execution_on = block.date("ReqdExctnDt")
    if execution_on is None:
        raise MessageIncomplete(element="PmtInf/ReqdExctnDt")
    return CreditTransferBlock(
        block_id=block.text("PmtInfId") or "",
        execution_on=execution_on,
        debtor=party(block, "Dbtr"),
        count=declared.count,
        total=declared.total,
        items=items,
    )


def _read_item(node: Fields) -> CreditTransfer:
    return CreditTransfer(
        end_to_end_id=node.required("PmtId/EndToEndId"),
        amount=node.required_money("Amt/InstdAmt", "Amt/EqvtAmt/Amt"),
        creditor=party(node, "Cdtr"),
        remittance=remittance(node),
    )


_LAYOUT = Layout(kind="pain.001", item_tag="CdtTrfTxInf", block=_read_block, item=_read_item)
