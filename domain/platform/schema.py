"""What the schema gets beside its tables: roles, grants, and the row-level wall between tenants."""

from collections.abc import Iterable

from sqlalchemy import Table

from domain.platform.database import Role


def role_statements() -> list[str]:
    """Create both roles unless they exist; the connecting user becomes a member, so that it may take them on."""
    return [_create_role(Role.API, "NOBYPASSRLS"), _create_role(Role.WORKER, "BYPASSRLS")]


def _create_role(role: Role, wall: str) -> str:
    return f"""
        DO $$ BEGIN
          IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
            BEGIN
              CREATE ROLE {role} NOLOGIN {wall};
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
              NULL;  -- another database of the same server was migrated at the same moment
            END;
          END IF;
          EXECUTE format('GRANT {role} TO %I', current_user);
        END $$"""


def wall_statements(tables: Iterable[Table]) -> list[str]:
    """Grants and row-level security for `tables`; both roles work in them, only the API's is walled in.

    A table marked `append_only` in its `info` gives neither role UPDATE or DELETE; one marked `global` has no wall.
    """
    return [statement for table in tables for statement in (_grant(table), *_wall(table))]


def _grant(table: Table) -> str:
    rights = "SELECT, INSERT" if table.info.get("append_only") else "SELECT, INSERT, UPDATE, DELETE"
    return f"GRANT {rights} ON {table.name} TO {Role.API}, {Role.WORKER}"


def _wall(table: Table) -> list[str]:
    if table.info.get("global"):
        return []
    return [
        f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table.name} USING (tenant_id = current_setting('app.tenant_id')::bigint)",
    ]
