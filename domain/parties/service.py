"""Registering parties."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain import audit
from domain.parties import queries
from domain.parties.errors import PartyExists
from domain.parties.names import initials, name_key
from domain.parties.rules import CHINA, check_tax_id, normal_tax_id
from domain.parties.states import PartyKind
from domain.parties.tables import Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.values.actor import Actor
from domain.values.errors import InvalidValue

PREFIX = "pty"
MAX_NAME = 140  # what ISO 20022 lets a name have, so that none is cut in a bank file


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParty:
    """A party to register. Its id is known beforehand, so that a list may hold a parent and its branches."""

    kind: PartyKind
    name: str
    code: str
    tax_id: str | None = None
    country: str = CHINA
    parent_id: UUID | None = None
    city: str = ""
    region: str = ""
    is_small: bool = False
    id: UUID = field(default_factory=uuid7)


def register_party(session: TenantSession, new: NewParty, *, actor: Actor, clock: Clock) -> Party:
    """Register one party. Raises PartyExists, InvalidTaxId, InvalidValue."""
    return register_parties(session, [new], actor=actor, clock=clock)[0]


def register_parties(session: TenantSession, new: Sequence[NewParty], *, actor: Actor, clock: Clock) -> list[Party]:
    """Register hundreds of parties by one INSERT, all of them or none; returned in the order given.

    Raises PartyExists with the codes that are taken (or given twice), InvalidTaxId, InvalidValue, NotFound (parent).
    """
    if not new:
        return []
    rows = [_row(session, party, clock) for party in new]
    twice = [code for (_, code), count in Counter((row["kind"], row["code"]) for row in rows).items() if count > 1]
    if twice:
        raise PartyExists(codes=sorted(str(code) for code in twice))
    session.flush()
    listed = {party.id for party in new}
    queries.require_parties(session, {party.parent_id for party in new if party.parent_id} - listed)
    # In order of id: a parent's id was made before its child could name it, so no batch of rows lacks its parents.
    rows.sort(key=lambda row: str(row["id"]))
    inserted = insert(Party).on_conflict_do_nothing().returning(Party).execution_options(render_nulls=True)
    registered = {party.id: party for party in session.scalars(inserted, rows)}
    taken = [party.code for party in new if party.id not in registered]
    if taken:
        raise PartyExists(codes=sorted(taken))
    audit.record_all(
        session,
        [
            audit.Deed("party.registered", public_id(PREFIX, party.id), {"kind": party.kind.value, "code": party.code})
            for party in new
        ],
        actor=actor,
        clock=clock,
    )
    return [registered[party.id] for party in new]


def _row(session: TenantSession, new: NewParty, clock: Clock) -> dict[str, object]:
    name = " ".join(new.name.split())
    _check_length("name", name, MAX_NAME)
    _check_length("code", new.code.strip(), 64)
    tax_id = normal_tax_id(new.tax_id) if new.tax_id and new.tax_id.strip() else None
    if tax_id is not None:
        check_tax_id(tax_id, new.country)
    return {
        "tenant_id": session.tenant_id,
        "id": new.id,
        "created_at": clock.now(),
        "kind": new.kind,
        "name": name,
        "name_key": name_key(name),
        "initials": initials(name),
        "code": new.code.strip(),
        "country": new.country,
        "tax_id": tax_id,
        "parent_id": new.parent_id,
        "city": new.city,
        "region": new.region,
        "is_small": new.is_small,
    }


def _check_length(field_name: str, value: str, maximum: int) -> None:
    if not 1 <= len(value) <= maximum:
        raise InvalidValue(
            field=field_name,
            value=value[:maximum],
            reason=f"1 to {maximum} characters",
            reason_zh=f"应为 1 至 {maximum} 个字符",
        )


def rename_party(session: TenantSession, party: Party, name: str, *, actor: Actor, clock: Clock) -> None:
    """Give the party the name its licence has now; lists follow."""
    fresh = " ".join(name.split())
    _check_length("name", fresh, MAX_NAME)
    before, party.name = party.name, fresh
    party.name_key, party.initials = name_key(fresh), initials(fresh)
    session.flush()
    facts: dict[str, object] = {"from": before, "to": fresh}
    audit.record(
        session, actor=actor, action="party.renamed", subject=public_id(PREFIX, party.id), facts=facts, clock=clock
    )
