"""Clients: a firm entrusts the collection of its dues; proposed by one person, approved by another."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from domain.approvals import service as approvals
from domain.collection.errors import ClientExists, ClientNotActive
from domain.collection.rules import FeePlan
from domain.collection.states import ClientState, MandatePurpose
from domain.collection.tables import Client
from domain.parties.queries import account, party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import public_id, uuid7
from domain.platform.transitions import move
from domain.values.actor import Actor
from domain.values.business_days import Roll
from domain.values.errors import InvalidValue, NotFound
from domain.values.money import CurrencyMismatch, Money

APPROVAL = "collection_client"
PREFIX = "cli"
NOTICE_DAYS = 3  # a payer sees what comes before the weekend that precedes it
DUNNING_DAYS = (3, 10, 20)
_MOST_FEE_BP = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """A client as its maker proposes it; `own_account_id` is the account of ours that collects for it."""

    party_id: UUID
    own_account_id: UUID
    purpose: MandatePurpose
    fees: FeePlan
    risk_limit: Money
    notice_days: int = NOTICE_DAYS
    roll: Roll = Roll.FOLLOWING
    dunning_days: tuple[int, ...] = DUNNING_DAYS


def propose_client(session: TenantSession, new: NewClient, *, actor: Actor, clock: Clock) -> Client:
    """Put a client's terms before a second person. Raises NotFound, ClientExists, InvalidValue, CurrencyMismatch."""
    firm, own = party(session, new.party_id), account(session, new.own_account_id)
    _check(new, own.currency, own=own.own)
    row = {
        "tenant_id": session.tenant_id,
        "id": uuid7(),
        "created_at": clock.now(),
        "party_id": firm.id,
        "operator_id": own.party_id,
        "own_account_id": own.id,
        "currency": own.currency,
        "purpose": new.purpose,
        "fee_minor": new.fees.per_item.minor,
        "fee_bp": new.fees.fee_bp,
        "fee_most_minor": None if new.fees.most is None else new.fees.most.minor,
        "risk_limit_minor": new.risk_limit.minor,
        "notice_days": new.notice_days,
        "roll": new.roll,
        "dunning_days": list(new.dunning_days),
        "state": ClientState.PROPOSED,
        "made_by": str(actor),
    }
    made = session.scalars(insert(Client).values(row).on_conflict_do_nothing().returning(Client)).one_or_none()
    if made is None:
        raise ClientExists(party=firm.name, currency=own.currency)
    # As the database keeps it: the checker's digest is made of what was read.
    session.refresh(made)
    approvals.propose(session, kind=APPROVAL, subject_id=made.id, digest=digest_of(made), actor=actor, clock=clock)
    return made


def approve_client(session: TenantSession, client_id: UUID, *, digest: str, actor: Actor, clock: Clock) -> Client:
    """Begin to collect for the client. Raises SamePerson, DigestChanged, NotFound."""
    client = find_client(session, client_id)
    approvals.approve(session, kind=APPROVAL, subject_id=client_id, digest=digest, actor=actor, clock=clock)
    move(session, client, ClientState.ACTIVE, actor=actor, clock=clock)
    return client


def move_client(
    session: TenantSession, client_id: UUID, to: ClientState, *, reason: str, actor: Actor, clock: Clock
) -> Client:
    """Suspend, resume or close a client. What is with the bank goes on. Raises NotFound, IllegalTransition."""
    client = find_client(session, client_id)
    if client.state is ClientState.PROPOSED and to is ClientState.ACTIVE:
        raise ClientNotActive(client=client.public_id, state=client.state.value)
    move(session, client, to, actor=actor, clock=clock, reason=reason)
    return client


def find_client(session: TenantSession, client_id: UUID) -> Client:
    """The client. Raises NotFound."""
    found = session.get(Client, (session.tenant_id, client_id))
    if found is None:
        raise NotFound(kind="client", reference=public_id(PREFIX, client_id))
    return found


def active_client(session: TenantSession, client_id: UUID) -> Client:
    """The client, for whom something may be collected. Raises NotFound, ClientNotActive."""
    client = find_client(session, client_id)
    if client.state is not ClientState.ACTIVE:
        raise ClientNotActive(client=client.public_id, state=client.state.value)
    return client


def any_client(session: TenantSession) -> bool:
    """Whether anything is collected for anybody: if not, its jobs have nothing to do."""
    return session.exec(select(Client.id).where(Client.tenant_id == session.tenant_id).limit(1)).first() is not None


def digest_of(client: Client) -> str:
    """SHA-256 over everything that is approved."""
    facts = client.model_dump(mode="json", exclude={"state", "created_at", "made_by"})
    return sha256(repr(sorted(facts.items())).encode()).hexdigest()


def _check(new: NewClient, currency: str, *, own: bool) -> None:
    if not own:
        raise InvalidValue(
            field="own_account_id",
            value=public_id("acc", new.own_account_id),
            reason="not an account of the group's own",
            reason_zh="不是集团自有账户",
        )
    fees = new.fees
    for money in (fees.per_item, new.risk_limit, *([fees.most] if fees.most is not None else [])):
        if money.currency != currency:
            raise CurrencyMismatch(left=currency, right=money.currency)
    if not 0 <= fees.fee_bp <= _MOST_FEE_BP:
        raise InvalidValue(field="fee_bp", value=str(fees.fee_bp), reason="0 to 1000", reason_zh="应在 0 至 1000 之间")
    if list(new.dunning_days) != sorted(set(new.dunning_days)) or not all(day > 0 for day in new.dunning_days):
        raise InvalidValue(
            field="dunning_days", value=list(new.dunning_days), reason="rising days", reason_zh="天数须递增"
        )
