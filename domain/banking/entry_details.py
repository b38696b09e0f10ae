"""What a batch entry consists of, kept with it: one booking on the account, many transactions behind it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text

from domain.banking.messages.model import EntryDetail
from domain.banking.references import own_instruction_id
from domain.parties.rules import masked
from domain.platform.database import TenantSession, driver_of
from domain.platform.temporary import dropped

_COLUMNS = """
    entry_id, position, amount_minor, currency, servicer_reference, end_to_end_id, claimed_instruction_id,
    bank_transaction_code, return_reason, remittance, counterparty_name, counterparty_masked
"""
_CREATE = f"""
    {dropped("entry_detail_staged")};
    CREATE TEMPORARY TABLE entry_detail_staged (
      entry_id bigint, position integer, amount_minor bigint, currency text, servicer_reference text,
      end_to_end_id text, claimed_instruction_id bigint, bank_transaction_code text, return_reason text,
      remittance text, counterparty_name text, counterparty_masked text) ON COMMIT DROP
"""
_COPY = f"COPY pg_temp.entry_detail_staged ({_COLUMNS}) FROM STDIN"
_KEEP = text(f"""
    INSERT INTO statement_entry_detail (tenant_id, {_COLUMNS})
    SELECT :tenant, {_COLUMNS} FROM pg_temp.entry_detail_staged AS staged
    WHERE EXISTS (SELECT FROM statement_entry AS kept WHERE kept.tenant_id = :tenant AND kept.id = staged.entry_id)
""")


class DetailStaging:
    """The details of a file, which wait until it is known which of their entries are new."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session
        self._is_open = False

    def stream(self, details: Iterable[tuple[int, Sequence[EntryDetail]]]) -> None:
        """Take the details of entries, by the number the entry has if it is new."""
        rows = [
            (entry_id, position, *_columns(self._session.tenant_id, detail))
            for entry_id, told in details
            for position, detail in enumerate(told, start=1)
        ]
        if not rows:
            return
        driver = driver_of(self._session)
        if not self._is_open:
            driver.execute(_CREATE.encode())
            self._is_open = True
        with driver.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def keep(self) -> None:
        """Keep those whose entry was new."""
        if self._is_open:
            self._session.execute(_KEEP, {"tenant": self._session.tenant_id})


def _columns(tenant_id: int, detail: EntryDetail) -> Sequence[int | str | None]:
    return (
        None if detail.amount is None else abs(detail.amount.minor),
        None if detail.amount is None else detail.amount.currency,
        detail.servicer_reference,
        detail.end_to_end_id,
        own_instruction_id(tenant_id, detail.end_to_end_id),
        detail.bank_transaction_code,
        detail.return_reason,
        detail.remittance,
        detail.counterparty_name,
        None if detail.counterparty_account is None else masked(detail.counterparty_account.number),
    )
