"""Starting clean: a demo that was stopped half way, or run before, leaves nothing behind for the next one."""

from sqlalchemy import delete

from domain.migrations.models import metadata
from domain.platform.database import Database


def erase_tenant(database: Database, tenant_id: int) -> None:
    """Delete every row of a tenant, append-only ones too, as the database's owner; children before parents.

    Only for sandboxes: what a tenant did is otherwise never deleted.
    """
    with database.owner.begin() as connection:
        for table in reversed(metadata().sorted_tables):
            connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
