"""Bank accounts: sealed, masked, trusted by two, cooled off."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.access.errors import SamePerson
from domain.parties import queries
from domain.parties.accounts import (
    NewBankAccount,
    account_numbers,
    add_bank_accounts,
    change_bank_account,
    close_bank_account,
    find_account_by_number,
    own_account,
    payable_account,
    rotate_account_keys,
    verify_bank_account,
    verify_bank_accounts,
)
from domain.parties.errors import (
    AccountAmbiguous,
    AccountCoolingOff,
    AccountExists,
    AccountNotVerified,
    InvalidAccountNumber,
    NoAccount,
)
from domain.parties.service import NewParty, register_party
from domain.parties.states import AccountState, Evidence, PartyKind
from domain.parties.tables import BankAccount
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.encryption import FieldUndecryptable, KeyRing, new_key_text
from domain.platform.ids import uuid7
from domain.values.actor import BANK, Actor, ActorKind
from domain.values.errors import InvalidValue, NotFound
from domain.values.states import IllegalTransition

CARD = "6222 0212 3456 7890 128"  # Luhn: 70 is a multiple of ten
COMPANY = "3100 6657 0018 0012 3456"
SECOND = Actor(ActorKind.PERSON, "second")
TODAY = date(2026, 3, 2)
KEYS = KeyRing.generate()


@pytest.fixture
def supplier(session: TenantSession, actor: Actor, clock: FixedClock) -> UUID:
    new = NewParty(kind=PartyKind.SUPPLIER, name="苏州包装厂", code="S1")
    return register_party(session, new, actor=actor, clock=clock).id


def account_of(party_id: UUID, number: str = COMPANY, *, own: bool = False, bank: str = "ICBKCNBJ") -> NewBankAccount:
    return NewBankAccount(
        party_id=party_id, holder_name="苏州包装厂", bank_id=bank, number=number, currency="CNY", own=own
    )


@pytest.fixture
def registered(session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock) -> BankAccount:
    return add_bank_accounts(session, [account_of(supplier)], KEYS, actor=actor, clock=clock)[0]


class TestRegistering:
    def test_the_number_is_nowhere_in_the_row_but_its_last_four_digits_are(
        self, session: TenantSession, registered: BankAccount
    ) -> None:
        row = session.execute(
            text("SELECT row_to_json(a)::text FROM bank_account a WHERE tenant_id = :t AND id = :id"),
            {"t": session.tenant_id, "id": registered.id},
        ).scalar_one()
        assert "31006657001800123456" not in row
        assert registered.masked == "**** **** **** 3456"

    def test_neither_the_row_nor_the_order_to_register_it_shows_the_number_when_printed(
        self, registered: BankAccount
    ) -> None:
        printed = repr(registered) + repr(account_of(registered.party_id, CARD))
        assert "6222" not in printed
        assert "3100" not in printed

    def test_two_hundred_accounts_are_registered_at_once_in_the_order_given(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        new = [account_of(supplier, f"31006657{number:012d}") for number in range(200)]
        added = add_bank_accounts(session, new, KEYS, actor=actor, clock=clock)
        assert [account.id for account in added] == [account.id for account in new]
        assert added[7].masked == "**** **** **** 0007"

    def test_the_same_number_is_refused_however_it_is_written(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        again = account_of(registered.party_id, "3100-6657 00180012 3456")
        with pytest.raises(AccountExists) as refusal:
            add_bank_accounts(session, [again], KEYS, actor=actor, clock=clock)
        assert "31006657" not in refusal.value.message("en")

    def test_an_account_of_nobody_is_refused(self, session: TenantSession, actor: Actor, clock: FixedClock) -> None:
        with pytest.raises(NotFound):
            add_bank_accounts(session, [account_of(uuid7())], KEYS, actor=actor, clock=clock)

    def test_a_number_given_twice_in_one_list_is_refused(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(AccountExists):
            add_bank_accounts(session, [account_of(supplier), account_of(supplier)], KEYS, actor=actor, clock=clock)

    def test_a_closed_accounts_number_may_come_back(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        close_bank_account(session, registered.id, actor=actor, clock=clock, reason="moved")
        again = add_bank_accounts(session, [account_of(registered.party_id)], KEYS, actor=actor, clock=clock)
        assert again[0].state is AccountState.REGISTERED

    def test_a_mistyped_card_number_is_refused_without_repeating_it(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(InvalidAccountNumber) as refusal:
            add_bank_accounts(session, [account_of(supplier, "6222021234567890129")], KEYS, actor=actor, clock=clock)
        assert "62220212" not in str(refusal.value)

    @pytest.mark.parametrize("bank", ["", "ICBC BANK OF CHINA", "12"])
    def test_a_bank_without_a_code_is_refused(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock, bank: str
    ) -> None:
        with pytest.raises(InvalidValue):
            add_bank_accounts(session, [account_of(supplier, bank=bank)], KEYS, actor=actor, clock=clock)


class TestVerifying:
    def test_whoever_registered_an_account_cannot_verify_it(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        with pytest.raises(SamePerson):
            verify_bank_account(session, registered.id, actor=actor, clock=clock)

    def test_a_second_person_verifies_and_the_account_cools_off_two_days(
        self, session: TenantSession, registered: BankAccount, clock: FixedClock
    ) -> None:
        verified = verify_bank_account(session, registered.id, actor=SECOND, clock=clock)
        assert (verified.evidence, verified.usable_from) == (Evidence.SECOND_PERSON, date(2026, 3, 4))

    def test_the_banks_name_check_verifies_too(
        self, session: TenantSession, registered: BankAccount, clock: FixedClock
    ) -> None:
        verified = verify_bank_account(session, registered.id, actor=BANK, clock=clock)
        assert (verified.evidence, verified.verified_by) == (Evidence.NAME_CHECK, "bank:report")

    def test_an_account_is_verified_once(
        self, session: TenantSession, registered: BankAccount, clock: FixedClock
    ) -> None:
        verify_bank_account(session, registered.id, actor=SECOND, clock=clock)
        with pytest.raises(IllegalTransition):
            verify_bank_account(session, registered.id, actor=SECOND, clock=clock)

    def test_even_sql_cannot_verify_an_account_by_the_one_who_registered_it(
        self, session: TenantSession, registered: BankAccount
    ) -> None:
        forged = text(
            "UPDATE bank_account SET state = 'verified', verified_by = registered_by, usable_from = '2026-01-01' "
            "WHERE tenant_id = :t AND id = :id"
        )
        with pytest.raises(Exception, match="verified_by_another"):
            session.execute(forged, {"t": session.tenant_id, "id": registered.id})
        session.rollback()


class TestPaying:
    def test_a_party_without_an_account_cannot_be_paid(self, session: TenantSession, supplier: UUID) -> None:
        with pytest.raises(NoAccount):
            payable_account(session, supplier, "CNY", TODAY)

    def test_an_unverified_account_cannot_be_paid(self, session: TenantSession, registered: BankAccount) -> None:
        with pytest.raises(AccountNotVerified):
            payable_account(session, registered.party_id, "CNY", TODAY)

    def test_a_new_account_is_paid_on_the_last_cooling_day_plus_one_and_not_before(
        self, session: TenantSession, registered: BankAccount, clock: FixedClock
    ) -> None:
        verify_bank_account(session, registered.id, actor=SECOND, clock=clock)
        with pytest.raises(AccountCoolingOff):
            payable_account(session, registered.party_id, "CNY", date(2026, 3, 3))
        assert payable_account(session, registered.party_id, "CNY", date(2026, 3, 4)).id == registered.id

    def test_a_changed_account_leaves_the_old_one_payable_until_somebody_verifies_the_new(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        verify_bank_account(session, registered.id, actor=SECOND, clock=clock)
        later = FixedClock(datetime(2026, 4, 1, 1, tzinfo=UTC))
        changed = change_bank_account(
            session,
            registered.id,
            number=CARD,
            bank_id="CMBCCNBS",
            holder_name="苏州包装厂",
            keys=KEYS,
            actor=actor,
            clock=later,
        )
        assert payable_account(session, registered.party_id, "CNY", later.today()).id == registered.id
        verify_bank_account(session, changed.id, actor=SECOND, clock=later)
        assert queries.account(session, registered.id).state is AccountState.CLOSED
        with pytest.raises(AccountCoolingOff):
            payable_account(session, registered.party_id, "CNY", later.today() + timedelta(days=1))
        assert payable_account(session, registered.party_id, "CNY", later.today() + timedelta(days=2)).id == changed.id

    def test_the_set_operation_names_the_same_account_as_the_single_question(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        added = add_bank_accounts(
            session, [account_of(supplier), account_of(supplier, CARD)], KEYS, actor=actor, clock=clock
        )
        verify_bank_accounts(session, [account.id for account in added], actor=SECOND, clock=clock)
        on = date(2026, 3, 4)
        assert session.execute(queries.payable_accounts(session.tenant_id, date(2026, 3, 3))).all() == []
        [(party_id, currency, account_id)] = session.execute(queries.payable_accounts(session.tenant_id, on)).all()
        assert (party_id, currency) == (supplier, "CNY")
        assert account_id == payable_account(session, supplier, "CNY", on).id

    def test_our_own_account_has_to_be_verified_before_it_is_operated(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        ours = add_bank_accounts(session, [account_of(supplier, own=True)], KEYS, actor=actor, clock=clock)[0]
        with pytest.raises(AccountNotVerified):
            own_account(session, supplier, "CNY")
        verify_bank_account(session, ours.id, actor=SECOND, clock=clock)
        assert own_account(session, supplier, "CNY").id == ours.id
        assert session.execute(queries.own_accounts(session.tenant_id)).all() == [(supplier, "CNY", ours.id)]


class TestFinding:
    def test_an_account_is_found_by_its_number_however_written(
        self, session: TenantSession, registered: BankAccount
    ) -> None:
        found = find_account_by_number(session, "31006657-001800123456", KEYS)
        assert found is not None
        assert found.id == registered.id

    def test_an_unknown_number_finds_nothing(self, session: TenantSession, registered: BankAccount) -> None:
        assert registered.number_hash
        assert find_account_by_number(session, "31006657001800123457", KEYS) is None

    def test_a_number_at_two_banks_asks_which(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        other = account_of(registered.party_id, bank="BKCHCNBJ")
        added = add_bank_accounts(session, [other], KEYS, actor=actor, clock=clock)[0]
        with pytest.raises(AccountAmbiguous):
            find_account_by_number(session, COMPANY, KEYS)
        found = find_account_by_number(session, COMPANY, KEYS, bank_id="bkchcnbj")
        assert found is not None
        assert found.id == added.id

    def test_numbers_are_opened_for_bank_files(self, session: TenantSession, registered: BankAccount) -> None:
        [identity] = account_numbers(session, [registered.id], KEYS).values()
        assert (identity.number, identity.bank_id) == ("31006657001800123456", "ICBKCNBJ")
        assert "3100" not in repr(identity)

    def test_a_number_copied_into_another_row_does_not_open(
        self, session: TenantSession, registered: BankAccount, actor: Actor, clock: FixedClock
    ) -> None:
        victim = add_bank_accounts(session, [account_of(registered.party_id, CARD)], KEYS, actor=actor, clock=clock)[0]
        victim.number_encrypted = registered.number_encrypted
        session.flush()
        with pytest.raises(FieldUndecryptable):
            account_numbers(session, [victim.id], KEYS)


class TestRotation:
    def test_rotation_reseals_batch_by_batch_and_changes_no_hash(
        self, session: TenantSession, supplier: UUID, actor: Actor, clock: FixedClock
    ) -> None:
        old_entry, lookup_entry = new_key_text("k1").split(",")
        new_entry = new_key_text("k2").split(",")[0]
        old = KeyRing.from_text(f"{old_entry},{lookup_entry}")
        new = [account_of(supplier, f"31006657{number:012d}") for number in range(5)]
        before = [a.number_hash for a in add_bank_accounts(session, new, old, actor=actor, clock=clock)]

        both = KeyRing.from_text(f"{new_entry},{old_entry},{lookup_entry}")
        assert [rotate_account_keys(session, both, batch=2) for _ in range(4)] == [2, 2, 1, 0]

        assert queries.count_accounts_under(session, "k1") == 0
        without_old = KeyRing.from_text(f"{new_entry},{lookup_entry}")
        assert [queries.account(session, account.id).number_hash for account in new] == before
        found = find_account_by_number(session, "31006657000000000003", without_old)
        assert found is not None
        assert account_numbers(session, [found.id], without_old)[found.id].number == "31006657000000000003"
