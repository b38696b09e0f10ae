"""Two lenders, one receivable: who is paid first (R13, Civil Code art. 768). Pure.

Registered before not registered, among the registered the earlier; then notified before not notified, the earlier
first; the rest by their financing. Claims of the same moment share alike, by their financing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from domain.values.money import Money

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """A lender's financing on a receivable, and the moments that rank it."""

    lender_id: UUID
    amount: Money
    registered_at: datetime | None = None
    notified_at: datetime | None = None


def priority(claims: Sequence[Claim], amount: Money) -> Mapping[UUID, Money]:
    """What each lender gets of `amount` (R13); what is left when all are paid is nobody's here.

    600,000 and 300,000 against 750,000, the first one registered: 600,000 and 150,000. Several claims of one lender
    are added up. Raises CurrencyMismatch.
    """
    shares = {claim.lender_id: Money.zero(amount.currency) for claim in claims}
    left = amount
    for _, group in groupby(sorted(claims, key=_rank), key=_rank):
        equals = list(group)
        wanted = Money.total((claim.amount for claim in equals), amount.currency)
        paid = min(left, wanted)
        if wanted:
            parts = paid.allocate([claim.amount.minor for claim in equals])
            for claim, part in zip(equals, parts, strict=True):
                shares[claim.lender_id] += part
        left -= paid
    return shares


def _rank(claim: Claim) -> tuple[int, datetime]:
    if claim.registered_at is not None:
        return 0, claim.registered_at
    return (1, claim.notified_at) if claim.notified_at is not None else (2, _NEVER)
