"""Banks' settings, and messages for banks."""

from datetime import date, time
from typing import Annotated

import msgspec

from app.fields import Moment, public
from app.money_dto import MoneyDto
from domain.banking.connections import Connection
from domain.banking.preparation import MESSAGE_PREFIX
from domain.banking.profiles import bank_profiles
from domain.banking.states import ChannelKind, MessageKind, MessageState
from domain.banking.tables import BankMessage
from domain.platform.ids import public_id

MAX_SLOTS = 48  # every half hour
MessageId = Annotated[str, public(MESSAGE_PREFIX, "A message.")]
SlotTime = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3])[0-5][0-9]$", max_length=4, description="When it opens.", examples=["0800"]
    ),
]
Until = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5, description="Its last minute.", examples=["09:30"]
    ),
]
ProfileName = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,32}$", max_length=32, examples=sorted(bank_profiles()))
]


class CutOff(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Until when a bank takes the files of a slot."""

    slot: SlotTime
    until: Until


class SetConnection(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How a bank wants its files, by what way, and until when; without cut-offs it takes them all day."""

    profile: ProfileName
    channel: ChannelKind
    cut_offs: Annotated[list[CutOff], msgspec.Meta(max_length=MAX_SLOTS)] = []

    def times(self) -> dict[str, time]:
        """The last minute of each slot."""
        return {each.slot: time.fromisoformat(each.until) for each in self.cut_offs}


class ConnectionView(msgspec.Struct, kw_only=True):
    """A bank's settings; its cut-offs are times in its zone."""

    bank_id: str
    profile: str
    channel: ChannelKind
    zone: str
    cut_offs: list[CutOff]


class ConnectionsView(msgspec.Struct, kw_only=True):
    """The banks that have settings of their own; every other gets standard files all day."""

    items: list[ConnectionView]


class FindingView(msgspec.Struct, kw_only=True):
    """What a bank would not like of a file, and where it stands."""

    rule: str
    severity: str
    place: str
    shown: str


class BankMessageView(msgspec.Struct, kw_only=True):
    """A message for a bank; one that is `held` is not sent, because the bank would refuse it."""

    id: MessageId
    kind: MessageKind
    state: MessageState
    reference: str
    due_on: date
    item_count: int
    total: MoneyDto
    profile: str
    held: bool
    findings: list[FindingView]
    overruled_by: str | None
    created_at: Moment


def connection_view(connection: Connection) -> ConnectionView:
    """The settings as the API shows them."""
    return ConnectionView(
        bank_id=connection.bank_id,
        profile=connection.profile.name,
        channel=connection.channel,
        zone=connection.zone.key,
        cut_offs=[CutOff(slot=slot, until=f"{until:%H:%M}") for slot, until in sorted(connection.cut_offs.items())],
    )


def message_view(message: BankMessage) -> BankMessageView:
    """The message as the API shows it."""
    return BankMessageView(
        id=public_id(MESSAGE_PREFIX, message.id),
        kind=message.kind,
        state=message.state,
        reference=message.bank_reference,
        due_on=message.due_on,
        item_count=message.item_count,
        total=MoneyDto.of(message.total),
        profile=message.profile,
        held=message.is_held,
        findings=[FindingView(**finding) for finding in message.findings],
        overruled_by=message.overruled_by,
        created_at=message.created_at,
    )
