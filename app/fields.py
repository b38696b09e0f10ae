"""Texts and ids as requests hold them: patterned, bounded, and free of control characters."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from domain.platform.ids import parse_public_id, public_id

# No control characters (PostgreSQL refuses NUL, lists and bank files break on line ends), and not only spaces.
PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\x9f]$"
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


PartyId = Annotated[str, public("pty", "A party.")]
AccountId = Annotated[str, public("acc", "A bank account.")]
PartyPath = Annotated[str, in_path("pty", "The party.")]
AccountPath = Annotated[str, in_path("acc", "The bank account.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-03-31T10:00:00Z"])]
Reason = Annotated[str, line(500, "Why, for those who read it later.", "The firm moved to another bank")]


class ReasonBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it is done."""

    reason: Reason
