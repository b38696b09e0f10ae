"""Whatever is sent in whatever order: the books balance, statements chain, nobody pays twice for one instruction."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bank_simulator.faults import FaultPlan
from domain.values.money import Money
from tests.channels.simulated_bank import (
    BRANCH,
    HQ,
    MONDAY,
    OTHER_BRANCH,
    STRANGER,
    Teller,
    bank,
    cny,
    debit,
    debit_file,
    transfer,
    transfer_file,
)

ROUGH = FaultPlan(
    reply_lost_bp=3_000,
    duplicate_answer_bp=3_000,
    partial_answer_bp=5_000,
    late_return_bp=3_000,
    closed_account_bp=1_000,
)
ACCOUNTS = (HQ, BRANCH, OTHER_BRANCH)
AMOUNTS = st.integers(1, 12_000).map(lambda minor: f"{Money.from_minor(minor, 'CNY').amount:f}")
ITEMS = st.lists(st.tuples(st.sampled_from([*ACCOUNTS, STRANGER, "404"]), AMOUNTS), min_size=1, max_size=4)
EVENTS = st.one_of(
    st.tuples(st.just("debits"), st.sampled_from(ACCOUNTS), ITEMS),
    st.tuples(st.just("transfers"), st.sampled_from(ACCOUNTS), ITEMS),
    st.tuples(st.just("deposit"), st.sampled_from(ACCOUNTS), AMOUNTS),
    st.tuples(st.just("again"), st.integers(0, 5), st.none()),
    st.tuples(st.just("day"), st.integers(0, 3), st.none()),
)


def live(teller: Teller, events: list[tuple[str, object, object]]) -> date:
    """Play the events; returns the last business date."""
    today = MONDAY
    sent: list[bytes] = []
    for number, (kind, what, how) in enumerate(events):
        if kind == "day":
            assert isinstance(what, int)
            today += timedelta(days=what)
            teller.day(today)
        elif kind == "deposit":
            assert isinstance(what, str)
            assert isinstance(how, str)
            teller.deposit(f"CASH-{number}", how, today, what)
        elif kind == "again" and sent:
            assert isinstance(what, int)
            teller.send(sent[what % len(sent)])
        elif kind in {"debits", "transfers"}:
            assert isinstance(what, str)
            assert isinstance(how, list)
            sent.append(file_of(kind, number, what, how, today))
            teller.send(sent[-1])
    return today


def file_of(kind: str, number: int, own: str, items: list[tuple[str, str]], on: date) -> bytes:
    if kind == "debits":
        orders = [debit(f"E{number}-{place}", amount, other) for place, (other, amount) in enumerate(items)]
        return debit_file(f"M{number}", *orders, on=on, creditor=own)
    payments = [transfer(f"E{number}-{place}", amount, other) for place, (other, amount) in enumerate(items)]
    return transfer_file(f"M{number}", *payments, on=on, debtor=own)


def assert_statements_chain(teller: Teller, last: date) -> None:
    """Opening(n + 1) = closing(n), opening + entries = closing, and the last closing is the balance."""
    closing = dict.fromkeys(ACCOUNTS, cny("100.00"))
    references: list[str | None] = []
    for offset in range((last - MONDAY).days + 1):
        for number, statement in teller.statements(MONDAY + timedelta(days=offset)).items():
            entries = list(statement.entries)
            assert statement.balance("OPBD") == closing[number]
            closing[number] += Money.total((entry.amount for entry in entries), "CNY")
            assert statement.balance("CLBD") == closing[number]
            references += [entry.servicer_reference for entry in entries]
    assert len(references) == len(set(references))
    assert {number: teller.balances()[number] for number in ACCOUNTS} == closing


@given(events=st.lists(EVENTS, max_size=14), seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_statements_chain_and_books_balance_after_any_sequence(
    events: list[tuple[str, object, object]], seed: int
) -> None:
    with bank(ROUGH, seed=seed, customers=dict.fromkeys(ACCOUNTS, "100.00")) as teller:
        last = live(teller, events) + timedelta(days=9)
        teller.day(last)
        assert teller.is_balanced()
        assert_statements_chain(teller, last)
        # every instruction is settled at most once, and comes back at most once
        assert all(settled == 1 and returned in {0, 1} for settled, returned, _ in teller.debits().values())
