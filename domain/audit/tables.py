"""The audit trail's rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from domain.platform.tables import TenantRow


class AuditEntry(TenantRow, table=True):
    """Somebody did something to something; `facts` are the figures, never a secret or a full account number."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "tenant_id", "subject", "id"), {"info": {"append_only": True}})

    id: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime
    actor: str
    action: str = Field(max_length=64)
    subject: str
    facts: dict[str, Any] = Field(sa_type=JSONB)
