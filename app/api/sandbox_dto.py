"""The sandbox's clock."""

from datetime import date

import msgspec

from app.fields import Moment


class MoveClock(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The later moment."""

    to: Moment


class ClockView(msgspec.Struct, kw_only=True):
    """The tenant's time; it passes by itself unless the tenant is a sandbox."""

    now: Moment
    today: date
    zone: str
    sandbox: bool
