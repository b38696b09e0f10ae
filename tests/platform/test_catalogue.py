"""What PostgreSQL's own catalogue must say of every table, whoever wrote it.

Keys lead with the tenant because the database may be distributed by it; the wall stands because no query is trusted to
remember the tenant; nothing counts or fires on its own because neither survives distribution.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from domain.migrations.models import metadata
from domain.platform.database import Database, Role, TenantSession
from domain.platform.ids import tenant_key

TABLES = sorted(metadata().tables)
GLOBAL = {table.name for table in metadata().sorted_tables if table.info.get("global")}
APPEND_ONLY = sorted(table.name for table in metadata().sorted_tables if table.info.get("append_only"))
WALLED = [name for name in TABLES if name not in GLOBAL]

# What a column of a key is given when all that matters is the row's tenant.
SAMPLES = {
    "bigint": "1",
    "integer": "1",
    "smallint": "1",
    "uuid": "gen_random_uuid()",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "boolean": "true",
    "bytea": "decode('00', 'hex')",
}


@pytest.fixture
def catalogue(database: Database) -> Iterator[Connection]:
    with database.owner.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def names(catalogue: Connection, query: str) -> list[str]:
    return [str(row[0]) for row in catalogue.execute(text(query))]


OURS = "'public'::regnamespace"


def test_the_catalogue_holds_exactly_the_tables_of_the_models(catalogue: Connection) -> None:
    found = names(
        catalogue,
        f"SELECT relname FROM pg_class WHERE relnamespace = {OURS} AND relkind IN ('r', 'p') AND NOT relispartition "
        "AND relname <> 'alembic_version' ORDER BY relname",
    )
    assert found == TABLES


def test_every_primary_key_unique_constraint_and_foreign_key_starts_with_the_tenant(catalogue: Connection) -> None:
    offenders = names(
        catalogue,
        f"""
        SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
        WHERE connamespace = {OURS} AND contype IN ('p', 'u', 'f')
          AND conrelid::regclass::text <> ALL (ARRAY[{", ".join(f"'{n}'" for n in (*GLOBAL, "alembic_version"))}])
          AND (conkey[1] <> (SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = 'tenant_id')
               OR contype = 'f' AND confkey[1] <>
                  (SELECT attnum FROM pg_attribute WHERE attrelid = confrelid AND attname = 'tenant_id'))
        """,
    )
    assert offenders == []


def test_every_index_that_is_unique_starts_with_the_tenant(catalogue: Connection) -> None:
    offenders = names(
        catalogue,
        f"""
        SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = {OURS} AND indisunique
          AND indrelid::regclass::text <> ALL (ARRAY[{", ".join(f"'{n}'" for n in (*GLOBAL, "alembic_version"))}])
          AND indkey[0] IS DISTINCT FROM
              (SELECT attnum FROM pg_attribute WHERE attrelid = indrelid AND attname = 'tenant_id')
        """,
    )
    assert offenders == []


def test_every_table_has_a_primary_key(catalogue: Connection) -> None:
    offenders = names(
        catalogue,
        f"SELECT relname FROM pg_class WHERE relnamespace = {OURS} AND relkind IN ('r', 'p') "
        "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'p')",
    )
    assert offenders == []


def test_the_only_global_table_is_the_registry_of_fingerprints() -> None:
    assert {"fingerprint"} >= GLOBAL


def test_nothing_counts_by_itself(catalogue: Connection) -> None:
    sequences = names(catalogue, f"SELECT relname FROM pg_class WHERE relnamespace = {OURS} AND relkind = 'S'")
    identities = names(
        catalogue,
        f"SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        f"WHERE relnamespace = {OURS} AND attidentity <> ''",
    )
    assert (sequences, identities) == ([], [])


def test_nothing_fires_by_itself(catalogue: Connection) -> None:
    triggers = names(
        catalogue,
        f"SELECT tgrelid::regclass || ': ' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        f"WHERE relnamespace = {OURS} AND NOT tgisinternal",
    )
    rules = names(catalogue, "SELECT tablename || ': ' || rulename FROM pg_rules WHERE schemaname = 'public'")
    assert (triggers, rules) == ([], [])


def test_every_table_of_tenants_stands_behind_the_wall(catalogue: Connection) -> None:
    walled = names(
        catalogue,
        f"""
        SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid
        WHERE relnamespace = {OURS} AND relrowsecurity AND polcmd = '*' AND polpermissive
          AND pg_get_expr(polqual, polrelid) ~ '^\\(tenant_id = .*current_setting\\(''app.tenant_id''::text\\)'
        ORDER BY relname
        """,
    )
    assert walled == WALLED


def test_the_wall_binds_the_api_and_not_the_workers_and_neither_owns_anything(catalogue: Connection) -> None:
    roles = catalogue.execute(
        text(
            "SELECT rolname, rolbypassrls, rolsuper, rolcanlogin, "
            "(SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid AND relpersistence <> 't') "
            "FROM pg_roles WHERE rolname = ANY(:names) ORDER BY rolname"
        ),
        {"names": [role.value for role in Role]},
    ).all()
    assert [tuple(row) for row in roles] == [
        (Role.API.value, False, False, False, 0),
        (Role.WORKER.value, True, False, False, 0),
    ]


@pytest.mark.parametrize("table", TABLES)
def test_neither_role_may_empty_or_reshape_a_table(catalogue: Connection, table: str) -> None:
    for role in Role:
        for right in ("TRUNCATE", "TRIGGER", "REFERENCES"):
            held = text(f"SELECT has_table_privilege('{role}', '{table}', '{right}')")
            assert catalogue.execute(held).scalar_one() is False


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_only_added_to_is_neither_updated_nor_deleted_by_either_role(catalogue: Connection, table: str) -> None:
    for role in Role:
        rights = text(
            f"SELECT has_any_column_privilege('{role}', '{table}', 'UPDATE'), "
            f"has_table_privilege('{role}', '{table}', 'DELETE'), has_table_privilege('{role}', '{table}', 'INSERT')"
        )
        assert tuple(catalogue.execute(rights).one()) == (False, False, True)


class TestWall:
    """Every table holds one row of one tenant, whatever its columns and constraints: all of it is rolled back."""

    MINE = tenant_key("catalogue-mine")
    OTHER = tenant_key("catalogue-other")

    @pytest.mark.parametrize("table", WALLED)
    def test_the_api_reads_and_changes_the_rows_of_its_own_tenant_only(self, catalogue: Connection, table: str) -> None:
        insert = bare_insert(catalogue, table)
        catalogue.execute(text(insert), {"tenant": self.MINE})
        assert seen_by(catalogue, table, Role.API, self.MINE) == 1
        assert seen_by(catalogue, table, Role.API, self.OTHER) == 0
        assert seen_by(catalogue, table, Role.WORKER, self.OTHER) == 1
        if table not in APPEND_ONLY:
            assert changed_by(catalogue, f"UPDATE {table} SET tenant_id = tenant_id", self.OTHER) == 0
            assert changed_by(catalogue, f"DELETE FROM {table}", self.OTHER) == 0

    @pytest.mark.parametrize("table", WALLED)
    def test_the_api_adds_no_row_to_another_tenant(self, catalogue: Connection, table: str) -> None:
        insert = bare_insert(catalogue, table)
        become(catalogue, Role.API, self.OTHER)
        with pytest.raises(ProgrammingError, match="row-level security"):
            catalogue.execute(text(insert), {"tenant": self.MINE})

    @pytest.mark.parametrize("table", WALLED)
    def test_who_has_not_said_its_tenant_sees_nothing(self, catalogue: Connection, table: str) -> None:
        catalogue.execute(text(bare_insert(catalogue, table)), {"tenant": self.MINE})
        catalogue.execute(text(f"SET LOCAL ROLE {Role.API}"))
        with pytest.raises(DBAPIError, match=r"app\.tenant_id|bigint"):
            catalogue.execute(text(f"SELECT FROM {table}"))


def bare_insert(catalogue: Connection, table: str) -> str:
    """Take away what else the table asks for (for this transaction), and say how a row of :tenant is added."""
    catalogue.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
    for constraint in names(
        catalogue, f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c'"
    ):
        catalogue.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'))
    columns = catalogue.execute(
        text(
            "SELECT attname, format_type(atttypid, NULL), attnum = ANY (conkey) "
            "FROM pg_attribute JOIN pg_constraint ON conrelid = attrelid AND contype = 'p' "
            "WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attname <> 'tenant_id'"
        ),
        {"table": table},
    ).all()
    for column, _, in_key in columns:
        if not in_key:
            catalogue.execute(text(f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP NOT NULL'))
    given = {f'"{column}"': SAMPLES.get(kind, "'x'") for column, kind, in_key in columns if in_key}
    return (
        f"INSERT INTO {table} ({', '.join(['tenant_id', *given])}) VALUES ({', '.join([':tenant', *given.values()])})"
    )


def become(catalogue: Connection, role: Role, tenant: int) -> None:
    catalogue.execute(text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(tenant)})
    catalogue.execute(text(f"SET LOCAL ROLE {role}"))


def seen_by(catalogue: Connection, table: str, role: Role, tenant: int) -> int:
    become(catalogue, role, tenant)
    rows = catalogue.execute(
        text(f"SELECT count(*) FROM {table} WHERE tenant_id = :mine"), {"mine": TestWall.MINE}
    ).scalar_one()
    catalogue.execute(text("RESET ROLE"))
    return int(rows)


def changed_by(catalogue: Connection, statement: str, tenant: int) -> int:
    become(catalogue, Role.API, tenant)
    rows = catalogue.execute(text(statement)).rowcount
    catalogue.execute(text("RESET ROLE"))
    return rows


def test_the_tenant_of_one_transaction_is_forgotten_by_the_next_on_the_same_connection(database: Database) -> None:
    with TenantSession(database.engines[Role.API], tenant_key(uuid4().hex)) as session:
        session.execute(text("SELECT 1"))
        session.commit()
    with database.engines[Role.API].connect() as connection:
        assert connection.execute(text("SELECT current_setting('app.tenant_id', true)")).scalar_one() in {None, ""}
