"""How firms stand to each other: affiliates, both ways, and guarantors."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain import audit
from domain.parties.queries import any_of, require_parties
from domain.parties.states import RelationKind
from domain.parties.tables import PartyRelation
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.values.actor import Actor
from domain.values.errors import DomainError


class RelatedToItself(DomainError):
    """A firm cannot be its own affiliate or guarantor."""

    code = "related_to_itself"
    status = 422
    en = "{party} cannot be related to itself. Name two different firms."
    zh = "{party} 不能与自身建立关联关系,请指定两家不同的企业。"

    def __init__(self, *, party: str) -> None:
        super().__init__(party=party)


def relate(
    session: TenantSession, party_id: UUID, related_id: UUID, kind: RelationKind, *, actor: Actor, clock: Clock
) -> None:
    """Note that `party_id` has `related_id` as an affiliate or guarantor. Raises NotFound, RelatedToItself."""
    if party_id == related_id:
        raise RelatedToItself(party=public_id("pty", party_id))
    require_parties(session, [party_id, related_id])
    pairs = [(party_id, related_id)]
    if kind is RelationKind.AFFILIATE:
        pairs.append((related_id, party_id))
    rows = [
        {"tenant_id": session.tenant_id, "party_id": one, "related_id": other, "kind": kind} for one, other in pairs
    ]
    session.execute(insert(PartyRelation).on_conflict_do_nothing(), rows)
    facts: dict[str, object] = {"kind": kind.value, "related": public_id("pty", related_id)}
    audit.record(
        session, actor=actor, action="party.related", subject=public_id("pty", party_id), facts=facts, clock=clock
    )


def related(session: TenantSession, party_ids: Collection[UUID], kind: RelationKind) -> Mapping[UUID, set[UUID]]:
    """Who stands in that relation to each of the parties; a party without any is not in the answer."""
    found = session.execute(
        select(col(PartyRelation.party_id), col(PartyRelation.related_id)).where(
            col(PartyRelation.tenant_id) == session.tenant_id,
            col(PartyRelation.party_id) == any_of(party_ids),
            col(PartyRelation.kind) == kind,
        )
    )
    relations: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for party_id, related_id in found:
        relations[party_id].add(related_id)
    return relations


def relations_of(session: TenantSession, party_id: UUID) -> list[tuple[UUID, RelationKind]]:
    """Every party that stands to this one in a relation, and in which."""
    found = session.execute(
        select(col(PartyRelation.related_id), col(PartyRelation.kind))
        .where(col(PartyRelation.tenant_id) == session.tenant_id, col(PartyRelation.party_id) == party_id)
        .order_by(col(PartyRelation.kind), col(PartyRelation.related_id))
    )
    return [(related_id, kind) for related_id, kind in found]
