"""How the tenant speaks to each of its banks."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field

from domain.banking.states import ChannelKind
from domain.platform.tables import TenantRow, text_enum


class BankConnection(TenantRow, table=True):
    """A bank by its id (`bank_account.bank_id`), the profile of its files, and the time zone of its cut-offs."""

    __tablename__ = "bank_connection"

    bank_id: str = Field(primary_key=True, max_length=14)
    profile: str = Field(max_length=32)
    channel: ChannelKind = Field(sa_type=text_enum(ChannelKind, "channel"))
    zone: str = Field(max_length=64)
    set_by: str
    set_at: dt.datetime


class BankCutOff(TenantRow, table=True):
    """Until when, in its own time, a bank takes the files of a slot; a bank without any takes them all day."""

    __tablename__ = "bank_cut_off"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "bank_id"],
            ["bank_connection.tenant_id", "bank_connection.bank_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("slot ~ '^([01][0-9]|2[0-3])[0-5][0-9]$'", name="slot_is_a_time"),
    )

    bank_id: str = Field(primary_key=True, max_length=14)
    slot: str = Field(primary_key=True, max_length=4)
    until: dt.time
