"""What fits nothing waits for a person, under either role of the database, and its files outlive their key."""

import zlib
from base64 import b64encode
from io import BytesIO

import pytest
from sqlalchemy import text

from domain.banking import exceptions, inbox, originals, statements, vault
from domain.banking.states import ExceptionKind
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing, field_context, new_key_text
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
    assert statements.import_statements(api_session, BytesIO(content), keys=keys, clock=clock).entries_new == 1
    assert statements.import_statements(api_session, BytesIO(content), keys=keys, clock=clock).entries_known == 1


def test_a_file_of_statements_is_kept_as_it_came_in_parts_that_are_sealed_one_by_one(
    session: TenantSession, clock: FixedClock
) -> None:
    old_text = new_key_text("k1")
    old = KeyRing.from_text(old_text)
    new = KeyRing.from_text(new_key_text("k2").split(",", maxsplit=1)[0] + "," + old_text)
    content = bytes(range(256)) * (originals.PART_BYTES // 256 + 1)  # 256 bytes more than a part holds
    file_id, is_new = originals.keep_original(session, BytesIO(content), keys=old, clock=clock)
    assert is_new
    assert originals.keep_original(session, BytesIO(content), keys=old, clock=clock) == (file_id, False)
    assert vault.rotate_file_keys(session, new) == 2
    assert [len(part) for part in originals.original(session, file_id, new)] == [originals.PART_BYTES, 256]
    assert b"".join(originals.original(session, file_id, new)) == content


def test_a_file_that_was_kept_whole_before_there_were_parts_still_opens(
    session: TenantSession, clock: FixedClock, keys: KeyRing
) -> None:
    file_id, _ = originals.keep_original(session, BytesIO(b"another"), keys=keys, clock=clock)
    key_id, sealed = keys.encrypt(
        b64encode(zlib.compress(b"<xml/>")).decode(),
        field_context(session.tenant_id, "statement_file.sealed", file_id),
    )
    session.execute(
        text("UPDATE statement_file_part SET id = :file, key_id = :key, sealed = :sealed WHERE tenant_id = :tenant"),
        {"file": file_id, "key": key_id, "sealed": sealed, "tenant": session.tenant_id},
    )
    assert list(originals.original(session, file_id, keys)) == [b"<xml/>"]


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
