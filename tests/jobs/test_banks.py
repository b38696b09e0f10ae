"""Banks reached as their settings say: a payout run over a folder, beside a gateway that nobody listens at."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import col, select

from app.bank_simulator.application import WEEKENDS_OFF
from app.bank_simulator.bank import Bank
from app.bank_simulator.directory import FolderDesk
from app.bank_simulator.faults import NO_FAULTS, Dice
from app.bank_simulator.store import Store
from app.bank_simulator.structs import AccountIn
from domain.access.tenants import found_tenant
from domain.banking.channels.directory import DirectoryChannel
from domain.banking.channels.http import HttpChannel
from domain.banking.connections import set_connection
from domain.banking.states import ChannelKind
from domain.banking.tables import BankMessage
from domain.collection.registration import prepare_registrations
from domain.platform.database import Database
from domain.platform.encryption import KeyRing
from domain.platform.ids import tenant_key
from domain.platform.settings import BankWay
from domain.runs.routing import bank_of_message
from jobs import answers, debit_run, payout_run
from jobs.banks import Banks
from jobs.context import JobContext, Occasion
from tests.domain.collection.entrusted import Entrusted
from tests.domain.runs.test_mandate_requests import authorised
from tests.domain.runs.world import MAKER

NOBODY = "http://127.0.0.1:9"  # no gateway listens there, and none is asked
BANK_ID = "102100099996"


@pytest.fixture
def slug() -> str:
    return f"banks-{uuid4().hex[:12]}"


@pytest.fixture
def house(database: Database, slug: str) -> Entrusted:
    house = Entrusted(database, tenant_key(slug), KeyRing.generate())
    with house.session() as session:
        found_tenant(
            session,
            slug=slug,
            name="Banks",
            currency="CNY",
            zone="Asia/Shanghai",
            sandbox=True,
            clock=house.clock,
        )
    return house.entrust(risk_limit="1000.00")


@pytest.fixture
def banks(database: Database, tmp_path: Path) -> Iterator[Banks]:
    with HttpChannel(NOBODY) as gateway, Banks(database, gateway, folder=tmp_path) as banks:
        yield banks


@pytest.fixture
def desk(house: Entrusted, tmp_path: Path, slug: str) -> Iterator[FolderDesk]:
    """The bank's side of the tenant's folder."""
    bank = Bank(Store(None), Dice(0, NO_FAULTS), WEEKENDS_OFF)
    numbers = house.numbers
    bank.open_accounts(
        [
            AccountIn(number=numbers[house.own], name="总部", currency="CNY", customer=True),
            AccountIn(number=numbers[house.client_account], name="安康保险", currency="CNY"),
            *(
                AccountIn(number=numbers[other], name="客户", currency="CNY", opening_balance="1000.00")
                for other in house.others
            ),
        ]
    )
    bank.move_to(house.today)
    yield FolderDesk(bank, tmp_path / slug / BANK_ID)
    bank.store.close()


def connect(house: Entrusted, kind: ChannelKind) -> None:
    with house.session() as session:
        set_connection(
            session,
            BANK_ID,
            profile="standard",
            channel=kind,
            zone="Asia/Shanghai",
            cut_offs={},
            actor=MAKER,
            clock=house.clock,
        )


def context(house: Entrusted, banks: Banks) -> JobContext:
    return JobContext(house.database, banks.of(house.tenant_id), house.keys, house.tenant_id)


def occasion(house: Entrusted) -> Occasion:
    return Occasion(house.today, "1045", house.clock)


def hear(house: Entrusted, banks: Banks, desk: FolderDesk) -> None:
    """The bank works through its folder, lives the day, and is heard."""
    desk.work()
    desk.bank.move_to(house.today)
    desk.work()
    answers.run(context(house, banks), occasion(house))


def messages(house: Entrusted) -> list[BankMessage]:
    with house.session() as session:
        found = select(BankMessage).where(BankMessage.tenant_id == house.tenant_id).order_by(col(BankMessage.number))
        return list(session.exec(found))


def message_states(house: Entrusted) -> list[str]:
    return [message.state.value for message in messages(house)]


def test_a_payout_run_goes_over_the_folder_of_its_bank(house: Entrusted, banks: Banks, desk: FolderDesk) -> None:
    connect(house, ChannelKind.DIRECTORY)
    (due,) = house.bill("100.00")
    house.morning()
    debited = debit_run.run(context(house, banks), occasion(house))
    assert debited["items"] == 1
    assert message_states(house) == ["unknown"]  # it lies in the folder; nobody has acknowledged it
    hear(house, banks, desk)
    assert house.due_states([due]) == ["collected"]
    paid = payout_run.run(context(house, banks), occasion(house))
    assert paid["items"] == 1
    hear(house, banks, desk)
    assert message_states(house) == ["answered", "answered"]
    # 100.00 less the fee of 0.50 + 30 bp
    balances = {each.account: each.balance for each in desk.bank.balances().balances}
    assert balances[house.numbers[house.client_account]] == "99.20"
    assert (house.held(), house.earned(), house.cash()) == ("0.00", "0.80", "0.80")


def test_without_settings_a_bank_is_reached_by_the_gateway(house: Entrusted, banks: Banks) -> None:
    assert banks.of(house.tenant_id).name == "http"
    connect(house, ChannelKind.HTTP)
    assert banks.of(house.tenant_id).name == "http"
    connect(house, ChannelKind.DIRECTORY)
    assert banks.of(house.tenant_id).name == "banks"


def test_what_a_bank_has_of_its_own_comes_before_what_is_for_all(house: Entrusted, tmp_path: Path, slug: str) -> None:
    own = {BANK_ID: BankWay(url="https://icbc.example", key=None, folder=tmp_path / "icbc")}
    with HttpChannel(NOBODY) as gateway, Banks(house.database, gateway, own, tmp_path / "all") as banks:
        by_folder = banks.way(slug, BANK_ID, ChannelKind.DIRECTORY)
        assert isinstance(by_folder, DirectoryChannel)
        assert by_folder.root == tmp_path / "icbc" / slug / BANK_ID
        assert banks.way(slug, BANK_ID, ChannelKind.DIRECTORY) is by_folder  # what it has looked at is not forgotten
        own_gateway = banks.way(slug, BANK_ID, ChannelKind.HTTP)
        assert own_gateway is not None
        assert own_gateway.name == BANK_ID
        assert banks.way(slug, "308100005027", ChannelKind.HTTP) is gateway
    with Banks(house.database, DirectoryChannel(tmp_path / "all")) as folders:
        assert folders.way(slug, BANK_ID, ChannelKind.DIRECTORY) is folders.default
        assert folders.way(slug, BANK_ID, ChannelKind.HTTP) is None  # no gateway is guessed


def test_a_mount_that_is_gone_keeps_its_banks_messages_here_and_nobody_elses(
    house: Entrusted, tmp_path: Path, slug: str
) -> None:
    connect(house, ChannelKind.DIRECTORY)
    gone = tmp_path / "file"
    gone.write_text("no folder")
    with Banks(house.database, None, folder=gone) as banks:
        assert banks.way(slug, BANK_ID, ChannelKind.DIRECTORY) is None
        house.bill("100.00")
        house.morning()
        debit_run.run(context(house, banks), occasion(house))
        assert message_states(house) == ["prepared"]
        assert banks.of(house.tenant_id).answers("") == []


def test_a_mandate_is_told_through_the_bank_that_collects_under_it(house: Entrusted) -> None:
    authorised(house)
    with house.session() as session:
        prepare_registrations(session, keys=house.keys, clock=house.clock)
    (message,) = messages(house)
    with house.session() as session:
        assert bank_of_message(session, message.bank_reference) == BANK_ID
        assert bank_of_message(session, "not ours") is None
