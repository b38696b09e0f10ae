"""What a part is called in the registry of fingerprints: its number between its holder and its debtor.

The invoice itself stays registered while it is split. A part's own name keeps it from being brought in as if it were an
invoice, here or in another group, by whoever holds it.
"""

from collections.abc import Collection, Sequence

from domain.access.tenants import is_sandbox
from domain.parties import queries as parties
from domain.parties.tables import Party
from domain.platform.database import TenantSession
from domain.receivables import queries, registry
from domain.receivables.parts.errors import PartRegistered
from domain.receivables.rules import InvoiceIdentity
from domain.receivables.tables import Receivable
from domain.values.money import Money


def name_parts(
    session: TenantSession, whole: Receivable, numbers: Sequence[str], faces: Sequence[Money]
) -> list[InvoiceIdentity]:
    """Register parts of a whole under their holder. Raises PartRegistered."""
    holder = parties.party(session, whole.seller_id)
    named = [_identity(session, whole, holder, number, face) for number, face in zip(numbers, faces, strict=True)]
    claimed = registry.claim(session, {each.fingerprint: each.likeness for each in named})
    for each in named:
        if each.fingerprint not in claimed:
            raise PartRegistered(number=each.invoice_number, holder=holder.name)
    return named


def name_for(session: TenantSession, part: Receivable, holder: Party) -> None:
    """Register a part under its next holder as well; it may have held it before. Raises PartRegistered."""
    named = _identity(session, part, holder, part.invoice_number, part.face_amount)
    if registry.claim(session, {named.fingerprint: named.likeness}):
        return
    own = registry.ours(session, [named.fingerprint])
    if not own or set(queries.by_fingerprint(session, own)) - {part.id}:
        raise PartRegistered(number=part.invoice_number, holder=holder.name)


def forget_parts(session: TenantSession, parts: Collection[Receivable]) -> None:
    """Parts that went back into their whole: their numbers may be given anew."""
    registry.release(session, [part.fingerprint for part in parts])


def _identity(session: TenantSession, row: Receivable, holder: Party, number: str, face: Money) -> InvoiceIdentity:
    debtor = parties.party(session, row.debtor_id)
    return InvoiceIdentity(
        seller_tax_id=f"{holder.country}{holder.tax_id}",
        debtor_tax_id=f"{debtor.country}{debtor.tax_id}",
        invoice_code=row.invoice_code,
        invoice_number=number,
        issued_on=row.issued_on,
        total=face,
        realm=f"sandbox:{session.tenant_id}" if is_sandbox(session) else "",
    )
