"""The table of requests, offers and facilities: every move there is, and a refusal of every other."""

from itertools import product

import pytest

from domain.financing.states import (
    FACILITY_TRANSITIONS,
    OFFER_TRANSITIONS,
    REQUEST_TRANSITIONS,
    FacilityState,
    OfferState,
    RequestState,
)
from domain.values.states import IllegalTransition, check_transition

MOVES = {
    "request": (
        REQUEST_TRANSITIONS,
        RequestState,
        {
            "requested approved_by_seller",
            "requested expired",
            "approved_by_seller open",
            "open accepted",
            "open expired",
            "accepted lapsed",
        },
    ),
    "offer": (
        OFFER_TRANSITIONS,
        OfferState,
        {
            "proposed offered",
            "proposed declined",
            "proposed outbid",
            "proposed expired",
            "offered accepted",
            "offered withdrawn",
            "offered expired",
            "offered outbid",
            "accepted lapsed",
        },
    ),
    "facility": (
        FACILITY_TRANSITIONS,
        FacilityState,
        {
            "proposed active",
            "proposed closed",
            "active suspended",
            "active closed",
            "suspended active",
            "suspended closed",
        },
    ),
}


@pytest.mark.parametrize(
    ("entity", "before", "after"),
    [(entity, before, after) for entity, (_, states, _) in MOVES.items() for before, after in product(states, states)],
)
def test_a_move_is_made_if_the_table_has_it_and_refused_otherwise(entity: str, before: str, after: str) -> None:
    table, _, allowed = MOVES[entity]
    if f"{before} {after}" in allowed:
        check_transition(entity, table, before, after)  # type: ignore[type-var, arg-type]
    else:
        with pytest.raises(IllegalTransition):
            check_transition(entity, table, before, after)  # type: ignore[type-var, arg-type]
