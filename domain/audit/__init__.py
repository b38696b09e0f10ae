"""Who did what: entries that are only ever added, numbered without gaps so that a missing one shows."""

from domain.audit.service import Deed, entries, record, record_all

__all__ = ["Deed", "entries", "record", "record_all"]
