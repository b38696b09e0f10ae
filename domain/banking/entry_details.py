"""What a batch entry consists of, kept with it: one booking on the account, many transactions behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, String, bindparam, text

from domain.banking.messages.model import EntryDetail
from domain.banking.references import own_instruction_id
from domain.parties.rules import masked
from domain.platform.database import TenantSession

_ARRAYS = {
    "entries": BigInteger,
    "positions": Integer,
    "amounts": BigInteger,
    "currencies": String,
    "servicer_references": String,
    "end_to_end_ids": String,
    "claimed_ids": BigInteger,
    "codes": String,
    "return_reasons": String,
    "remittances": String,
    "names": String,
    "masks": String,
}

_INSERT = text("""
    INSERT INTO statement_entry_detail (tenant_id, entry_id, position, amount_minor, currency, servicer_reference,
                                        end_to_end_id, claimed_instruction_id, bank_transaction_code, return_reason,
                                        remittance, counterparty_name, counterparty_masked)
    SELECT :tenant, detail.*
    FROM unnest(:entries, :positions, :amounts, :currencies, :servicer_references, :end_to_end_ids, :claimed_ids,
                :codes, :return_reasons, :remittances, :names, :masks) AS detail
""").bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _ARRAYS.items()))


def keep_details(session: TenantSession, batches: Mapping[int, Sequence[EntryDetail]]) -> None:
    """Keep the transactions of new entries, by the id of the entry; one statement whatever their number."""
    rows = [
        (entry_id, position, detail)
        for entry_id, details in batches.items()
        for position, detail in enumerate(details, start=1)
    ]
    if rows:
        session.execute(_INSERT, {"tenant": session.tenant_id} | _columns(session.tenant_id, rows))


def _columns(tenant_id: int, rows: Sequence[tuple[int, int, EntryDetail]]) -> dict[str, list[Any]]:
    said = [detail for _, _, detail in rows]
    return {
        "entries": [entry_id for entry_id, _, _ in rows],
        "positions": [position for _, position, _ in rows],
        "amounts": [None if each.amount is None else abs(each.amount.minor) for each in said],
        "currencies": [None if each.amount is None else each.amount.currency for each in said],
        "servicer_references": [each.servicer_reference for each in said],
        "end_to_end_ids": [each.end_to_end_id for each in said],
        "claimed_ids": [own_instruction_id(tenant_id, each.end_to_end_id) for each in said],
        "codes": [each.bank_transaction_code for each in said],
        "return_reasons": [each.return_reason for each in said],
        "remittances": [each.remittance for each in said],
        "names": [each.counterparty_name for each in said],
        "masks": [masked(each.counterparty_account.number) if each.counterparty_account else None for each in said],
    }
