"""How pools' accounts stand, and what branches and headers owe each other."""

import msgspec

from app.api.pools_dto import MemberDto
from app.fields import PartyId, PoolId
from app.money_dto import MoneyDto, shown, shown_rate
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import public_id
from domain.pooling.positions import Position
from domain.pooling.tables import PoolMember, PoolVersionMember


class PositionView(msgspec.Struct, kw_only=True):
    """An account as it stands: `available` is booked less holds less sweeps that no hold covers yet."""

    booked: MoneyDto
    held: MoneyDto
    instructed: MoneyDto
    incoming: MoneyDto
    available: MoneyDto


class MemberPositionView(msgspec.Struct, kw_only=True):
    """A member: its place, its sweep terms as they are agreed, and how it stands now."""

    place: int
    pool_id: PoolId
    party_id: PartyId
    terms: MemberDto
    position: PositionView


class IntercompanyView(msgspec.Struct, kw_only=True):
    """What a branch is owed by its header; negative where the branch owes."""

    branch_id: PartyId
    due_from_header: MoneyDto


def position_view(position: Position) -> PositionView:
    """The position as the API shows it."""
    currency = position.currency
    return PositionView(
        booked=shown(position.booked),
        held=MoneyDto.of_minor(position.held_minor, currency),
        instructed=MoneyDto.of_minor(position.instructed_minor, currency),
        incoming=MoneyDto.of_minor(position.incoming_minor, currency),
        available=shown(position.available),
    )


def member_position_view(row: PoolMember, position: Position, pool: str) -> MemberPositionView:
    """The member as the API shows it."""
    return MemberPositionView(
        place=row.place,
        pool_id=pool,
        party_id=public_id(PARTY, row.party_id),
        terms=terms_view(row, position.currency),
        position=position_view(position),
    )


def terms_view(row: PoolMember | PoolVersionMember, currency: str) -> MemberDto:
    """How a member is swept, as it was agreed."""

    def money(minor: int) -> MoneyDto:
        return MoneyDto.of_minor(minor, currency)

    return MemberDto(
        account_id=public_id(ACCOUNT, row.account_id),
        parent_account_id=public_id(ACCOUNT, row.parent_account_id),
        priority=row.priority,
        floor=money(row.floor_minor),
        method=row.method,
        target=money(row.target_minor),
        target_mode=row.target_mode,
        threshold=money(row.threshold_minor),
        keep=money(row.keep_minor),
        percent=shown_rate(row.percent),
        fixed=money(row.fixed_minor),
        lower=money(row.lower_minor),
        upper=money(row.upper_minor),
        two_way=row.two_way,
        partial_fill=row.partial_fill,
        lot=money(row.lot_minor),
        minimum=money(row.minimum_minor),
        means=row.means,
        maximum=None if row.maximum_minor is None else money(row.maximum_minor),
    )
