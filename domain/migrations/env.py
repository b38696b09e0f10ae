"""What Alembic runs for every command: on the connection it is given, else on the database the settings name."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, text

from domain.migrations.models import metadata
from domain.platform.migrate import check_server, wait_for_other_migrations
from domain.platform.opening import unmigrated_database
from domain.platform.schema import role_statements
from domain.platform.settings import Settings


def run_on(connection: Connection) -> None:
    """Run the command's revisions in the connection's transaction: all of them, or none."""
    wait_for_other_migrations(connection)
    for statement in role_statements():
        connection.execute(text(statement))
    context.configure(connection=connection, target_metadata=metadata(), transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    """Run on the caller's connection (`migrate`), or open the database ourselves (the command line)."""
    if context.is_offline_mode():
        raise CommandError("the schema is migrated on a database, not written out as SQL: leave out --sql")
    given = context.config.attributes.get("connection")
    if given is not None:
        run_on(given)
        return
    with (
        unmigrated_database(Settings.from_environment()) as database,
        database.owner.begin() as connection,
    ):
        check_server(connection)
        run_on(connection)


run()
