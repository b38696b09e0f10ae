"""The audit trail: only ever added to, numbered without gaps, sealed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from domain import audit
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.seals import BreachKind
from domain.values.actor import Actor


def record(session: TenantSession, actor: Actor, clock: FixedClock, subject: str = "pty_1") -> int:
    return audit.record(
        session, actor=actor, action="party.renamed", subject=subject, facts={"to": "苏州"}, clock=clock
    )


def test_entries_are_numbered_one_two_three_and_read_newest_first(
    session: TenantSession, actor: Actor, clock: FixedClock
) -> None:
    assert [record(session, actor, clock, subject) for subject in ("a", "b", "a")] == [1, 2, 3]
    assert [entry.id for entry in audit.entries(session, subject="a")] == [3, 1]
    assert [entry.id for entry in audit.entries(session, before=3)] == [2, 1]


def test_an_entry_that_is_rolled_back_leaves_no_gap(session: TenantSession, actor: Actor, clock: FixedClock) -> None:
    record(session, actor, clock)
    session.commit()
    record(session, actor, clock)
    session.rollback()
    assert record(session, actor, clock) == 2


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("change", ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"])
def test_neither_role_can_change_or_remove_an_entry(
    database: Database, tenant_id: int, role: Role, change: str
) -> None:
    with TenantSession(database.engines[role], tenant_id) as session, pytest.raises(ProgrammingError, match="denied"):
        session.execute(text(change + " WHERE tenant_id = :tenant"), {"tenant": tenant_id})


def test_an_altered_entry_is_named_by_its_number(
    database: Database, session: TenantSession, actor: Actor, clock: FixedClock
) -> None:
    for _ in range(3):
        record(session, actor, clock)
    assert audit.seal_entries(session, clock=clock) == 3
    session.commit()
    assert audit.verify_entries(session) is None

    with database.owner.begin() as connection:
        connection.execute(
            text("UPDATE audit_entry SET actor = 'nobody' WHERE tenant_id = :tenant AND id = 2"),
            {"tenant": session.tenant_id},
        )
    session.rollback()
    breach = audit.verify_entries(session)
    assert breach is not None
    assert (breach.kind, breach.row_id) == (BreachKind.ALTERED, 2)
