"""Texts and ids as requests hold them: patterned, bounded, and free of control characters."""

from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from app.refusals import FieldFault, ValidationFailed
from domain.platform.ids import parse_public_id, public_id

# No control characters (PostgreSQL refuses NUL, lists and bank files break on line ends), and not only spaces.
PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\x9f]$"
D = TypeVar("D", bound=date | None)
MAX_NUMBER = 2**63 - 1  # of numbered rows, which are bigints
_YEARS = range(1970, 2200)
_SAMPLE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def line(maximum: int, description: str, example: str, *, minimum: int = 1) -> msgspec.Meta:
    """What a line of text is."""
    return msgspec.Meta(
        min_length=minimum,
        max_length=maximum,
        pattern=PLAIN if minimum else r"^[^\x00-\x1f\x7f-\x9f]*$",
        description=description,
        examples=[example],
    )


def id_pattern(prefix: str) -> str:
    """What a public id of that prefix looks like."""
    return rf"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"


def public(prefix: str, description: str) -> msgspec.Meta:
    """What a public id in a body or view is."""
    return msgspec.Meta(pattern=id_pattern(prefix), description=description, examples=[public_id(prefix, _SAMPLE)])


def in_path(prefix: str, description: str) -> PathParameter:
    """What a public id in a path is."""
    example = Example(value=public_id(prefix, _SAMPLE))
    return PathParameter(pattern=id_pattern(prefix), description=description, examples=[example])


def optional_id(prefix: str, reference: str | None) -> UUID | None:
    """The UUID behind an id that may be absent. Raises NotFound."""
    return None if reference is None else parse_public_id(prefix, reference)


def shown_id(prefix: str, identity: UUID | None) -> str | None:
    """The public id of what may be absent."""
    return None if identity is None else public_id(prefix, identity)


def business_date(parameter: str, on: D) -> D:
    """The date, if the books may have it: none before 1970 or after 2199. Raises ValidationFailed."""
    if on is not None and on.year not in _YEARS:
        fault = FieldFault("out_of_range", "From 1970 to 2199", "应在 1970 至 2199 年间", parameter=parameter)
        raise ValidationFailed([fault])
    return on


PartyId = Annotated[str, public("pty", "A party.")]
AccountId = Annotated[str, public("acc", "A bank account.")]
PartyPath = Annotated[str, in_path("pty", "The party.")]
AccountPath = Annotated[str, in_path("acc", "The bank account.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-03-31T10:00:00Z"])]
Reason = Annotated[str, line(500, "Why, for those who read it later.", "The firm moved to another bank")]


class ReasonBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it is done."""

    reason: Reason
