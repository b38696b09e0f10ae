"""Parties: registered, found in Chinese order, renamed."""

from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from app.api.parties_dto import (
    PartyView,
    RegisterParty,
    RelateParty,
    RelationsView,
    RenameParty,
    party_view,
    relations_view,
)
from app.deps import Work
from app.endpoints import command, query, replacement
from app.fields import PartyPath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page, read_cursor
from domain.access.rules import Permission
from domain.parties import queries, relations, service
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.ids import parse_public_id

Search = Annotated[
    str,
    QueryParameter(name="q", max_length=100, description="A part of the name, its pinyin or initials, or the code."),
]
KindFilter = Annotated[PartyKind | None, QueryParameter(description="Only parties of this kind.")]


class Parties(Controller):
    """HQ, branches, suppliers, agents, debtors, lenders, payees."""

    path = "/parties"
    tags = ("parties",)

    @query("/", needs=Permission.PARTIES_READ)
    def search_parties(
        self,
        work: NamedDependency[Work],
        search: Search = "",
        kind: KindFilter = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[PartyView]:
        """Search parties.

        In Chinese order: by pinyin, Latin names among them. One who acts for a firm sees that firm only.
        """
        listing = ("parties", search, kind or "")
        after = read_cursor(work, listing, cursor)
        found = _own_party(work) or queries.search_parties(
            work.session,
            text=search,
            kind=kind,
            cursor=(after[0], UUID(after[1])) if after else None,
            limit=limit + 1,
        )
        return page(work, listing, found, limit, view=party_view, position=lambda row: (row.name_key, str(row.id)))

    @command("/", needs=Permission.PARTIES_WRITE)
    def register_party(self, work: NamedDependency[Work], data: JSONBody[RegisterParty]) -> PartyView:
        """Register a party."""
        new = data.value()
        if new.parent_id is not None:
            queries.party(work.session, new.parent_id)
        return party_view(service.register_party(work.session, new, actor=work.actor, clock=work.clock))

    @query("/{party_id:str}", needs=Permission.PARTIES_READ)
    def get_party(self, work: NamedDependency[Work], party_id: PartyPath) -> PartyView:
        """Show a party."""
        return party_view(visible_party(work, party_id))

    @replacement("/{party_id:str}/name", needs=Permission.PARTIES_WRITE)
    def rename_party(self, work: NamedDependency[Work], party_id: PartyPath, data: JSONBody[RenameParty]) -> PartyView:
        """Rename a party, as its licence was changed."""
        party = visible_party(work, party_id)
        service.rename_party(work.session, party, data.name, actor=work.actor, clock=work.clock)
        return party_view(party)

    @query("/{party_id:str}/relations", needs=Permission.PARTIES_READ)
    def list_relations(self, work: NamedDependency[Work], party_id: PartyPath) -> RelationsView:
        """Show a party's affiliates and guarantors."""
        party = visible_party(work, party_id)
        return relations_view(relations.relations_of(work.session, party.id))

    @command("/{party_id:str}/relations", needs=Permission.PARTIES_WRITE)
    def relate_parties(
        self, work: NamedDependency[Work], party_id: PartyPath, data: JSONBody[RelateParty]
    ) -> RelationsView:
        """Note an affiliate (both ways) or a guarantor of a party; the same twice is once."""
        work.whole_group()
        party, related = visible_party(work, party_id), visible_party(work, data.related_id)
        relations.relate(work.session, party.id, related.id, data.kind, actor=work.actor, clock=work.clock)
        return relations_view(relations.relations_of(work.session, party.id))


def visible_party(work: Work, reference: str) -> Party:
    """The party, if the caller may see it. Raises NotFound."""
    identity = parse_public_id(service.PREFIX, reference)
    work.confine(identity, kind="party", reference=reference)
    return queries.party(work.session, identity)


def _own_party(work: Work) -> list[Party]:
    """The one party a caller bound to a firm sees."""
    bound = work.principal.party_id
    return [queries.party(work.session, bound)] if bound else []
