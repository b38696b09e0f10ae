"""Parties."""

from typing import Annotated
from uuid import UUID

import msgspec

from app.fields import Moment, PartyId, line, optional_id, shown_id
from domain.parties.service import PREFIX, NewParty
from domain.parties.states import PartyKind, RelationKind
from domain.parties.tables import Party
from domain.platform.ids import public_id

Name = Annotated[str, line(140, "As on the business licence.", "杭州青禾服饰有限公司")]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", max_length=2, description="ISO 3166-1.", examples=["CN"])]


class RegisterParty(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A firm or person to do business with."""

    kind: PartyKind
    name: Name
    code: Annotated[str, line(64, "How the group's own systems call it; unique per kind.", "S-0042")]
    tax_id: (
        Annotated[str, line(32, "Tax number; in China the unified social credit code.", "91330100799655058B")] | None
    ) = None
    country: Country = "CN"
    parent_id: PartyId | None = None
    city: Annotated[str, line(60, "City.", "杭州", minimum=0)] = ""
    region: Annotated[str, line(60, "Sales region or province.", "华东", minimum=0)] = ""
    is_small: Annotated[bool, msgspec.Meta(description="A micro, small or medium enterprise.")] = False

    def value(self) -> NewParty:
        """What the service registers. Raises NotFound for a parent that is no party's id."""
        return NewParty(
            kind=self.kind,
            name=self.name,
            code=self.code,
            tax_id=self.tax_id,
            country=self.country,
            parent_id=optional_id(PREFIX, self.parent_id),
            city=self.city,
            region=self.region,
            is_small=self.is_small,
        )


class RenameParty(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The name it has now."""

    name: Name


class RelateParty(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How another party stands to this one."""

    related_id: PartyId
    kind: RelationKind


class RelationView(msgspec.Struct, kw_only=True):
    """One party that stands to this one in a relation."""

    related_id: PartyId
    kind: RelationKind


class RelationsView(msgspec.Struct, kw_only=True):
    """All parties that stand to this one in a relation."""

    items: list[RelationView]


class PartyView(msgspec.Struct, kw_only=True):
    """A party."""

    id: PartyId
    kind: PartyKind
    name: str
    code: str
    tax_id: str | None
    country: str
    parent_id: PartyId | None
    city: str
    region: str
    is_small: bool
    created_at: Moment


def party_view(party: Party) -> PartyView:
    """The party as the API shows it."""
    return PartyView(
        id=public_id(PREFIX, party.id),
        kind=party.kind,
        name=party.name,
        code=party.code,
        tax_id=party.tax_id,
        country=party.country,
        parent_id=shown_id(PREFIX, party.parent_id),
        city=party.city,
        region=party.region,
        is_small=party.is_small,
        created_at=party.created_at,
    )


def relations_view(relations: list[tuple[UUID, RelationKind]]) -> RelationsView:
    """The relations as the API shows them."""
    return RelationsView(
        items=[RelationView(related_id=public_id(PREFIX, related_id), kind=kind) for related_id, kind in relations]
    )
