"""Pools explained from what is kept of them: movements, versions, corrections, postings, and the proof of it all.

The figures are those of the end of a past date, as the books knew it then. The proof is made of the legs as they are
booked now: the same walk must come to what nights have accrued, and positions and interest to what the ledger holds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from domain.ledger.balances import balances
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.sources import SourcePosting, postings_of
from domain.parties.queries import any_of
from domain.platform.database import TenantSession
from domain.platform.ids import public_id
from domain.pooling.bookings import PROPOSAL
from domain.pooling.explanation import Bearing, Explanation, Moved, Terms, explain_leg
from domain.pooling.states import MovementKind, VersionState
from domain.pooling.structures import PREFIX as POOL
from domain.pooling.tables import PoolLeg, PoolVersion, ValueCorrection
from domain.values.money import Money

LegKey = tuple[UUID, UUID, UUID]  # account, the account above it, pool
_HELD = (VersionState.APPROVED, VersionState.IN_FORCE, VersionState.REPLACED)


@dataclass(frozen=True, slots=True)
class Interest:
    """Both ways: what the branch earned, and what it owes."""

    earned: Money
    owed: Money


@dataclass(frozen=True, slots=True)
class ExplainedLeg:
    """What stood between two accounts at the end of a date, and why.

    `booked` is what nights and corrections had accrued by then, `settled` what of it was settled. `differences` names
    each figure in which walk, nights and ledger do not agree now.
    """

    leg: PoolLeg
    explanation: Explanation
    corrections: tuple[ValueCorrection, ...]
    booked: Interest
    settled: Interest
    differences: tuple[str, ...]

    @property
    def unexplained(self) -> Interest:
        """What the periods do not account for of what was booked: nothing, or an error of ours that must show."""
        accrued = self.explanation.accrued
        return Interest(self.booked.earned - accrued(Bearing.EARNED), self.booked.owed - accrued(Bearing.OWED))

    @property
    def proved(self) -> bool:
        """The periods come to what was booked, and all books agree."""
        left = self.unexplained
        return not (left.earned or left.owed or self.differences)


@dataclass(frozen=True, slots=True)
class ExplainedPool:
    """Legs at the end of a date, the versions of their pools that had come by then, and the postings that carry all."""

    as_of: date
    legs: tuple[ExplainedLeg, ...]
    versions: tuple[PoolVersion, ...]
    postings: tuple[SourcePosting, ...]


def legs_of_account(session: TenantSession, account_id: UUID) -> Sequence[PoolLeg]:
    """What stands between an account and those above it, in every pool it was ever in."""
    wanted = select(PoolLeg).where(PoolLeg.tenant_id == session.tenant_id, PoolLeg.account_id == account_id)
    return session.exec(wanted.order_by(col(PoolLeg.structure_id), col(PoolLeg.parent_account_id))).all()


def explain_legs(session: TenantSession, legs: Sequence[PoolLeg], as_of: date) -> ExplainedPool:
    """Why each of the legs stood where it did at the end of `as_of`, in the order given; a few statements for all."""
    session.flush()
    moves = _moves(session, {leg.account_id for leg in legs})
    versions = _versions(session, {leg.structure_id for leg in legs})
    corrections = _corrections(session, {move.source for found in moves.values() for move in found})
    booked, settled = _interest(session, _BOOKED, legs, as_of), _interest(session, _SETTLED, legs, as_of)
    by_party = _against_ledger(session, legs)
    explained = []
    for leg in legs:
        found, terms = moves[_key(leg)], [_terms(each) for each in versions if each.structure_id == leg.structure_id]
        told = explain_leg(found, terms, leg.currency, as_of, leg.accrued_until)
        known = {move.source for move in told.moves}
        explained.append(
            ExplainedLeg(
                leg=leg,
                explanation=told,
                corrections=tuple(corrections[source] for source in sorted(known & corrections.keys())),
                booked=booked[_key(leg)],
                settled=settled[_key(leg)],
                differences=(
                    *_against_nights(leg, found, terms),
                    *by_party[leg.party_id],
                    *by_party[leg.parent_party_id],
                ),
            )
        )
    shown = tuple(each for each in versions if each.effective_on <= as_of)
    return ExplainedPool(as_of, tuple(explained), shown, _postings(session, explained, as_of))


def _key(leg: PoolLeg) -> LegKey:
    return leg.account_id, leg.parent_account_id, leg.structure_id


def _terms(version: PoolVersion) -> Terms:
    return Terms(version.version, version.effective_on, version.up_rate, version.down_rate)


_MOVES = text("""
    SELECT movement.account_id, movement.parent_account_id, movement.structure_id, movement.source_id, movement.kind,
           movement.value_date, movement.amount_minor, movement.taken_on, proposal.structure_version,
           sweep.proposal_id, slip.reference
    FROM pool_movement AS movement
    LEFT JOIN sweep ON sweep.tenant_id = :tenant AND sweep.id = movement.source_id
      AND movement.kind IN ('executed', 'returned')
    LEFT JOIN sweep_proposal AS proposal ON proposal.tenant_id = :tenant AND proposal.id = sweep.proposal_id
    LEFT JOIN loan_slip AS slip ON slip.tenant_id = :tenant AND slip.sweep_id = sweep.id
    WHERE movement.tenant_id = :tenant AND movement.account_id = ANY(CAST(:accounts AS uuid[]))
""")


def _moves(session: TenantSession, accounts: Collection[UUID]) -> Mapping[LegKey, list[Moved]]:
    found: defaultdict[LegKey, list[Moved]] = defaultdict(list)
    for row in session.execute(_MOVES, {"tenant": session.tenant_id, "accounts": list(accounts)}):
        found[row.account_id, row.parent_account_id, row.structure_id].append(
            Moved(
                source=row.source_id,
                kind=MovementKind(row.kind),
                value_date=row.value_date,
                amount_minor=row.amount_minor,
                taken_on=row.taken_on,
                version=row.structure_version,
                proposal=row.proposal_id,
                slip=row.reference,
            )
        )
    return found


def _versions(session: TenantSession, structures: Collection[UUID]) -> Sequence[PoolVersion]:
    return session.exec(
        select(PoolVersion)
        .where(
            PoolVersion.tenant_id == session.tenant_id,
            col(PoolVersion.structure_id) == any_of(structures),
            col(PoolVersion.state).in_(_HELD),
        )
        .order_by(col(PoolVersion.structure_id), col(PoolVersion.version))
    ).all()


def _corrections(session: TenantSession, sources: Collection[UUID]) -> dict[UUID, ValueCorrection]:
    rows = session.exec(
        select(ValueCorrection).where(
            ValueCorrection.tenant_id == session.tenant_id, col(ValueCorrection.id) == any_of(sources)
        )
    )
    return {row.id: row for row in rows}


_BOOKED = """
    SELECT account_id, parent_account_id, structure_id, sum(earned_minor)::bigint, sum(owed_minor)::bigint
    FROM pool_accrual
    WHERE tenant_id = :tenant AND account_id = ANY(CAST(:accounts AS uuid[])) AND business_date <= :on
    GROUP BY account_id, parent_account_id, structure_id
"""
_SETTLED = """
    SELECT account_id, parent_account_id, structure_id, sum(earned_minor)::bigint, sum(owed_minor)::bigint
    FROM interest_settlement
    WHERE tenant_id = :tenant AND account_id = ANY(CAST(:accounts AS uuid[])) AND state = 'settled' AND until <= :on
    GROUP BY account_id, parent_account_id, structure_id
"""


def _interest(session: TenantSession, sums: str, legs: Sequence[PoolLeg], on: date) -> dict[LegKey, Interest]:
    binds = {"tenant": session.tenant_id, "accounts": list({leg.account_id for leg in legs}), "on": on}
    found = {tuple(row[:3]): (row[3], row[4]) for row in session.execute(text(sums), binds)}
    return {
        _key(leg): Interest(*(Money.from_minor(minor, leg.currency) for minor in found.get(_key(leg), (0, 0))))
        for leg in legs
    }


def _against_nights(leg: PoolLeg, moves: Sequence[Moved], terms: Sequence[Terms]) -> Iterator[str]:
    """The walk over all that was taken, against what the leg has by now."""
    taken = [move for move in moves if move.taken_on is not None]
    now = explain_leg(taken, terms, leg.currency, leg.accrued_until - timedelta(days=1), leg.accrued_until)
    for name, ours, minor in (
        ("position", now.position, leg.position_minor),
        ("earned", now.accrued(Bearing.EARNED), leg.earned_minor),
        ("owed", now.accrued(Bearing.OWED), leg.owed_minor),
    ):
        if ours.minor != minor:
            yield f"{name}: explained {ours}, accrued {Money.from_minor(minor, leg.currency)}"


# Of all pools a party is in: the ledger knows what one company owes another, not through which account.
_POSITIONS = text("""
    SELECT movement.party_id, movement.currency, sum(amount_minor)::bigint
    FROM bank_account AS account
    JOIN pool_movement AS movement ON movement.tenant_id = :tenant AND movement.account_id = account.id
    WHERE account.tenant_id = :tenant AND account.party_id = ANY(CAST(:parties AS uuid[]))
    GROUP BY movement.party_id, movement.currency
""")
_UNSETTLED = text("""
    SELECT parent_party_id, currency,
           sum(earned_minor - earned_settled_minor + owed_minor - owed_settled_minor)::bigint
    FROM pool_leg WHERE tenant_id = :tenant AND parent_party_id = ANY(CAST(:parties AS uuid[]))
    GROUP BY parent_party_id, currency
""")


def _against_ledger(session: TenantSession, legs: Sequence[PoolLeg]) -> Mapping[UUID, list[str]]:
    """What branches are owed by their headers, and what headers have to settle, on both sides of the books."""
    differences: defaultdict[UUID, list[str]] = defaultdict(list)
    for sums, kind, parties in (
        (_POSITIONS, AccountKind.IC_DUE_FROM_HEADER, {leg.party_id for leg in legs}),
        (_UNSETTLED, AccountKind.IC_INTEREST_RECEIVABLE, {leg.parent_party_id for leg in legs}),
    ):
        rows = session.execute(sums, {"tenant": session.tenant_id, "parties": list(parties)})
        expected = {AccountRef(kind, currency, party): minor for party, currency, minor in rows}
        for ref, standing in balances(session, expected).items():
            if ref.owner is not None and standing.posted.minor != expected[ref]:
                ours = Money.from_minor(expected[ref], ref.currency)
                differences[ref.owner].append(f"{kind.value}: explained {ours}, ledger {standing.posted}")
    return differences


def _postings(session: TenantSession, explained: Sequence[ExplainedLeg], as_of: date) -> tuple[SourcePosting, ...]:
    """Those of the sweeps and settlements, and of the nights, which hold all legs of a tenant together."""
    moves = [move for each in explained for move in each.explanation.moves]
    if not moves:
        return ()
    first, until = min(move.value_date for move in moves), max(each.explanation.until for each in explained)
    nights = {f"pool_interest:{first + timedelta(days=day)}" for day in range((until - first).days)}
    pools = {public_id(POOL, each.leg.structure_id) for each in explained}
    proposals = {public_id(PROPOSAL, move.proposal) for move in moves if move.proposal is not None}
    found = postings_of(session, proposals | pools | nights)
    return tuple(posting for posting in found if posting.value_date <= as_of or posting.source in nights)
