"""What fits nothing waits for a person, under either role of the database, and its files outlive their key."""

import pytest
from sqlalchemy import text

from domain.banking import exceptions, inbox, statements, vault
from domain.banking.states import ExceptionKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing, new_key_text
from domain.platform.ids import uuid7
from domain.values.actor import Actor
from domain.values.errors import NotFound

from .conftest import Desk, Group, entry
from .test_answers import Mailbox
from .test_statements import MON, statement


def test_an_exception_is_listed_until_somebody_has_dealt_with_it(desk: Desk, actor: Actor) -> None:
    Mailbox(desk).receive(b"<broken")
    [waiting] = exceptions.open_exceptions(desk.session)
    assert waiting.kind is ExceptionKind.ANSWER_QUARANTINED
    exceptions.resolve_exception(desk.session, waiting.id, actor=actor, clock=desk.clock)
    assert (waiting.resolved_by, waiting.resolved_at) == ("person:tester", desk.clock.now())
    assert exceptions.open_exceptions(desk.session) == []


def test_an_exception_that_does_not_exist_is_refused(desk: Desk, actor: Actor) -> None:
    with pytest.raises(NotFound):
        exceptions.resolve_exception(desk.session, uuid7(), actor=actor, clock=desk.clock)


def test_a_person_imports_a_statement_behind_the_wall(
    api_session: TenantSession, group: Group, keys: KeyRing, clock: FixedClock
) -> None:
    content = statement(group.numbers[group.own], MON, "0.00", "10.00", entry(None, "10.00"))
    assert statements.import_statements(api_session, content, keys=keys, clock=clock).entries_new == 1
    assert statements.import_statements(api_session, content, keys=keys, clock=clock).entries_known == 1


def test_files_are_sealed_anew_when_the_key_changes(session: TenantSession, clock: FixedClock) -> None:
    old_text = new_key_text("k1")
    old = KeyRing.from_text(old_text)
    new = KeyRing.from_text(new_key_text("k2").split(",", maxsplit=1)[0] + "," + old_text)
    inbox.store_answer(session, "http", b"<xml>\xe4\xbd\x99\xe9\xa2\x9d</xml>", keys=old, clock=clock)
    assert vault.rotate_file_keys(session, new) == 1
    assert vault.rotate_file_keys(session, new) == 0
    row = session.execute(
        text("SELECT id, key_id, sealed FROM bank_answer WHERE tenant_id = :tenant"), {"tenant": session.tenant_id}
    ).one()
    assert row.key_id == "k2"
    box = row.key_id, bytes(row.sealed)
    assert vault.unseal(new, vault.ANSWER, session.tenant_id, row.id, box) == "<xml>余额</xml>".encode()
