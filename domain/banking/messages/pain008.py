"""Direct debits to the bank: pain.008, written as 001.08, read in any version from 02 to 08."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import BinaryIO, NamedTuple

from domain.banking.messages import writing
from domain.banking.messages.errors import MessageIncomplete
from domain.banking.messages.fields import Fields
from domain.banking.messages.initiation import Block, ItemT, Layout, group_header, read_file, sums, write_blocks
from domain.banking.messages.model import ControlSum, DirectDebit, DirectDebitBlock, DirectDebitFile, Party
from domain.banking.messages.parts import Declared, party, reference, remittance
from domain.values.money import Money

KIND = "pain.008.001.08"
_ROOT = "CstmrDrctDbtInitn"


def write_direct_debits(file: DirectDebitFile, out: BinaryIO) -> ControlSum:
    """Write `file` to `out` block by block and item by item, valid against the official schema.

    Raises FieldRefused for text the schema does not allow and ControlSumMismatch when the items are not what a header
    declares; what `out` holds is then no message and must be thrown away.
    """
    return _write(file, ((_opening(block), block) for block in file.blocks), _item, out)


class ReadyDebit(NamedTuple):
    """An item as text."""

    amount: Money
    text: str

    @classmethod
    def of(cls, item: DirectDebit) -> "ReadyDebit":
        """Any item. Raises FieldRefused."""
        return cls(item.amount, _item(item))


@dataclass(frozen=True, slots=True)
class ReadyBlock:
    """A payment block, `head` without its items, which are text already."""

    head: DirectDebitBlock
    items: Iterable[ReadyDebit]

    @property
    def count(self) -> int | None:
        """How many items its header states."""
        return self.head.count

    @property
    def total(self) -> Decimal | None:
        """Their sum, as its header states it."""
        return self.head.total


def write_ready_debits(file: DirectDebitFile, blocks: Iterable[ReadyBlock], out: BinaryIO) -> ControlSum:
    """The same for blocks of ready items: `file` has none of its own."""
    return _write(file, ((_opening(block.head), block) for block in blocks), attrgetter("text"), out)


def _write(
    file: DirectDebitFile, blocks: Iterable[tuple[str, Block[ItemT]]], render: Callable[[ItemT], str], out: BinaryIO
) -> ControlSum:
    header = group_header(file.message_id, file.created_at, file.count, file.total, file.initiating_name)
    out.write((writing.document(KIND, _ROOT) + header).encode())
    control = write_blocks(blocks, render, (file.count, file.total), out)
    out.write(writing.closing(_ROOT).encode())
    return control


def _opening(block: DirectDebitBlock) -> str:
    return (
        f"<PmtInf><PmtInfId>{writing.identifier('PmtInfId', block.block_id)}</PmtInfId><PmtMtd>DD</PmtMtd>"
        f"<BtchBookg>{str(block.batch_booking).lower()}</BtchBookg>{sums(block.count, block.total)}"
        f"<ReqdColltnDt>{block.collection_on.isoformat()}</ReqdColltnDt>"
        f"{writing.party_account_bank('Cdtr', block.creditor)}{writing.creditor_scheme(block.creditor_scheme_id)}\n"
    )


def _item(item: DirectDebit) -> str:
    return (
        f"<DrctDbtTxInf><PmtId><EndToEndId>{writing.identifier('EndToEndId', item.end_to_end_id)}</EndToEndId></PmtId>"
        f"{writing.amount('InstdAmt', item.amount)}{_mandate(item)}{_debtor(item.debtor)}"
        f"{writing.remittance(item.remittance)}</DrctDbtTxInf>\n"
    )


def plain_item(
    *, end_to_end_id: str, amount: str, mandate_id: str, bank: str, name: str, number: str, remittance: str
) -> str:
    """The text of an item whose values need no escape and no second look; amount and bank are elements.

    The number is no IBAN.
    """
    return (
        f"<DrctDbtTxInf><PmtId><EndToEndId>{end_to_end_id}</EndToEndId></PmtId>{amount}"
        f"<DrctDbtTx><MndtRltdInf><MndtId>{mandate_id}</MndtId></MndtRltdInf></DrctDbtTx>"
        f"<DbtrAgt>{bank}</DbtrAgt><Dbtr><Nm>{name}</Nm></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>{number}</Id></Othr></Id></DbtrAcct>"
        f"<RmtInf><Ustrd>{remittance}</Ustrd></RmtInf></DrctDbtTxInf>\n"
    )


def _debtor(debtor: Party) -> str:
    return (
        f"<DbtrAgt>{writing.bank(debtor.bank_id)}</DbtrAgt>"
        f"<Dbtr><Nm>{writing.words('Dbtr/Nm', debtor.name)}</Nm>{writing.address(debtor.address)}</Dbtr>"
        f"<DbtrAcct>{writing.account_id(debtor.account)}</DbtrAcct>"
    )


def _mandate(item: DirectDebit) -> str:
    if item.mandate_id is None:
        return ""
    signed = item.mandate_signed_on
    signature = f"<DtOfSgntr>{signed.isoformat()}</DtOfSgntr>" if signed else ""
    mandate_id = writing.identifier("MndtId", item.mandate_id)
    return f"<DrctDbtTx><MndtRltdInf><MndtId>{mandate_id}</MndtId>{signature}</MndtRltdInf></DrctDbtTx>"


def read_direct_debits(source: BinaryIO) -> DirectDebitFile:
    """A pain.008, its blocks and items streamed: see `read_file` for order, errors and when the sums are proved."""
    group, blocks = read_file(source, _LAYOUT)
    return DirectDebitFile(
        message_id=group.message_id,
        created_at=group.created_at,
        initiating_name=group.initiating_name,
        count=group.declared.count,
        total=group.declared.total,
        blocks=blocks,
    )


def _read_block(block: Fields, declared: Declared, items: Iterator[DirectDebit]) -> DirectDebitBlock:
    collection_on = block.date("ReqdColltnDt")
    if collection_on is None:
        raise MessageIncomplete(element="PmtInf/ReqdColltnDt")
    return DirectDebitBlock(
        block_id=block.text("PmtInfId") or "",
        collection_on=collection_on,
        creditor=party(block, "Cdtr"),
        creditor_scheme_id=block.text("CdtrSchmeId/Id/PrvtId/Othr/Id", "CdtrSchmeId/Id/OrgId/Othr/Id"),
        count=declared.count,
        total=declared.total,
        items=items,
    )


def _read_item(node: Fields) -> DirectDebit:
    return DirectDebit(
        end_to_end_id=node.required("PmtId/EndToEndId"),
        amount=node.required_money("InstdAmt"),
        debtor=party(node, "Dbtr"),
        mandate_id=reference(node, "DrctDbtTx/MndtRltdInf/MndtId"),
        mandate_signed_on=node.date("DrctDbtTx/MndtRltdInf/DtOfSgntr"),
        remittance=remittance(node),
    )


_LAYOUT = Layout(kind="pain.008", item_tag="DrctDbtTxInf", block=_read_block, item=_read_item)
