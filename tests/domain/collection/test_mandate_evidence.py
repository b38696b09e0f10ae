"""What was debited under a mandate: found by indexes, page by page, whatever it was for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.bank_simulator.server import running_bank
from domain.banking.channels.http import HttpChannel
from domain.collection.evidence import _DEBITS, debits_under
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.ids import uuid7
from tests.domain.runs.conftest import Bank

from .entrusted import Entrusted

KEYS = KeyRing.generate()


@pytest.fixture
def house(database: Database, tenant_id: int) -> Entrusted:
    return Entrusted(database, tenant_id, KEYS)


@pytest.fixture
def bank() -> Iterator[Bank]:
    with running_bank() as url, HttpChannel(url) as channel, SimulatedBank(url) as hand:
        yield Bank(channel, hand)


def test_debits_of_dues_and_others_are_told_in_order_page_by_page(house: Entrusted, bank: Bank) -> None:
    house.entrust().open_client_at(bank.hand)
    billed = [house.bill(amount)[0] for amount in ("100.00", "200.00", "300.00")]
    house.collect(bank)
    mandate = house.insured[0]
    with house.session() as session:
        # One of them as if it had been for a receivable: those are found by the mandate itself.
        other = (
            "UPDATE instruction SET purpose = 'receivable_collection' WHERE tenant_id = :tenant AND subject_id = :id"
        )
        session.execute(text(other), {"tenant": session.tenant_id, "id": billed[1]})
        found = list(debits_under(session, mandate, page=2))
        assert [each["instruction"].subject_id for each in found] == billed
        assert [each["events"][-1].state.value for each in found] == ["settled"] * 3
        assert list(debits_under(session, uuid7())) == []


def test_no_instruction_of_another_mandate_is_read(house: Entrusted) -> None:
    house.entrust()
    with house.session() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        binds = {"tenant": session.tenant_id, "mandate": house.insured[0], "after": 0, "page": 500}
        plan = "\n".join(session.scalars(text(f"EXPLAIN {_DEBITS.text}"), binds))
    assert "ix_instruction_mandate" in plan
    assert "ix_instruction_subject" in plan
    assert "Seq Scan" not in plan
