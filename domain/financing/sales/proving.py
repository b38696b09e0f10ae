"""Replay, sub-ledger and ledger held against each other for one advance, as it is booked now."""

from collections.abc import Iterator
from dataclasses import fields

from domain.financing.explaining import Proof
from domain.financing.sales import queries
from domain.financing.sales.explaining import booked_figures
from domain.financing.sales.postings import SalesAccounts, positions
from domain.financing.sales.replay import SalesFigures, replay
from domain.financing.sales.tables import SalesAdvance
from domain.ledger.sources import added_by
from domain.platform.database import TenantSession


def prove(session: TenantSession, advance: SalesAdvance) -> Proof:
    """Whether the events alone lead to every figure that is kept, and to what the advance's own postings added."""
    booked = booked_figures(session, advance)
    if booked.as_of is None:
        return Proof(None, subledger_agrees=True, ledger_agrees=True, differences=())
    events = [queries.as_event(row) for row in queries.events_of(session, [advance.id]).get(advance.id, [])]
    replayed = replay(advance.contract, events, booked.as_of)
    kept = list(_against_subledger(replayed, booked))
    entered = list(_against_ledger(session, advance, replayed))
    return Proof(booked.as_of, not kept, not entered, (*kept, *entered))


def _against_subledger(replayed: SalesFigures, booked: SalesFigures) -> Iterator[str]:
    for field in fields(SalesFigures):
        # Nights grow a balance in one step and a replay in several: beyond the cent both are the same.
        ours, theirs = getattr(replayed, field.name), getattr(booked, field.name)
        if field.name != "balance" and ours != theirs:
            yield f"{field.name}: explained {ours}, sub-ledger {theirs}"


def _against_ledger(session: TenantSession, advance: SalesAdvance, figures: SalesFigures) -> Iterator[str]:
    """What is earned at night is posted per lender, so an asset and its income are compared as one: what was paid."""
    accounts = SalesAccounts(advance.lender_id, advance.merchant_id, advance.currency)
    expected = positions(accounts, advance.contract, figures)
    found = {ref: amount for ref, amount in added_by(session, advance.public_id).items() if ref in expected}
    for asset, income in accounts.earned_at_night:
        for side in (expected, found):
            side[asset] = side.get(asset, 0) + side.pop(income, 0)
    for ref, amount in expected.items():
        if amount != found.get(ref, 0):
            yield f"{ref}: explained {amount}, ledger {found.get(ref, 0)} (minor units)"
