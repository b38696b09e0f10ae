"""What every new table gets in its migration: grants to both roles, and the wall between tenants.

Kept apart from `platform.schema`, which says what walls are today: a migration says what they were when it was written.
"""

from alembic import op

ROLES = "tributary_api, tributary_worker"


def wall(*tables: str, append_only: bool = False) -> None:
    """Let both roles work in the tables, and the API's see only the tenant it named."""
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    for table in tables:
        op.execute(f"GRANT {rights} ON {table} TO {ROLES}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (tenant_id = current_setting('app.tenant_id')::bigint)")
