"""Who did what: entries that are only ever added, numbered without gaps so that a missing one shows."""

from domain.audit.sealing import AUDIT_CHAIN, seal_entries, verify_entries
from domain.audit.service import Deed, entries, record, record_all

__all__ = ["AUDIT_CHAIN", "Deed", "entries", "record", "record_all", "seal_entries", "verify_entries"]
