"""Texts that a column may hold: a migration that adds one replaces the CHECK that names them all."""

from collections.abc import Sequence

from alembic import op


def allow(column: str, values: Sequence[str], *tables: str, name: str = "") -> None:
    """Let `column` of the tables hold exactly `values`; the constraint is called `ck_<table>_<name or column>`."""
    listed = ", ".join(f"'{value}'" for value in values)
    for table in tables:
        constraint = op.f(f"ck_{table}_{name or column}")
        op.drop_constraint(constraint, table, type_="check")
        op.create_check_constraint(constraint, table, f"{column} IN ({listed})")
