"""Roles and permissions hang together."""

import pytest

from domain.access.errors import SamePerson, SecondFactorMissing
from domain.access.principal import Principal
from domain.access.rules import (
    FIRM_ROLES,
    KEY_PERMISSIONS,
    MONEY_PERMISSIONS,
    ROLE_PERMISSIONS,
    Permission,
    Role,
    check_two_people,
    permissions_of,
)
from domain.values.actor import Actor, ActorKind
from domain.values.errors import AccessRefused

MAKER = Actor(ActorKind.PERSON, "li")


def principal(*permissions: Permission, without_factor: bool = False) -> Principal:
    return Principal(1, MAKER, frozenset(permissions), None, "en", requires_second_factor=without_factor)


def test_every_role_permits_something_and_every_permission_belongs_to_a_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert permissions_of(Role) == frozenset(Permission)
    assert permissions_of([]) == frozenset()


def test_nobody_alone_funds_and_approves_an_advance() -> None:
    for role in Role:
        assert not {Permission.ADVANCES_FUND, Permission.ADVANCES_APPROVE} <= ROLE_PERMISSIONS[role]
        assert not {Permission.RUNS_EXECUTE, Permission.RUNS_APPROVE} <= ROLE_PERMISSIONS[role]


def test_a_debtors_maker_answers_and_its_checker_signs() -> None:
    maker, checker = ROLE_PERMISSIONS[Role.DEBTOR_MAKER], ROLE_PERMISSIONS[Role.DEBTOR_CHECKER]
    assert Permission.RECEIVABLES_ANSWER in maker - checker
    assert Permission.RECEIVABLES_CONFIRM in checker - maker


def test_an_auditor_changes_nothing_and_an_administrator_moves_no_money() -> None:
    assert all(permission.value.endswith(":read") for permission in ROLE_PERMISSIONS[Role.AUDITOR])
    assert not ROLE_PERMISSIONS[Role.ADMINISTRATOR] & MONEY_PERMISSIONS


def test_no_key_grants_access() -> None:
    assert Permission.ACCESS_WRITE not in KEY_PERMISSIONS


def test_makers_and_checkers_act_for_a_firm_and_the_others_for_the_group() -> None:
    assert {role.value for role in set(Role) - FIRM_ROLES} == {
        "treasury",
        "operator",
        "risk",
        "auditor",
        "administrator",
    }


def test_a_missing_permission_is_named() -> None:
    with pytest.raises(AccessRefused, match="ledger:read"):
        principal(Permission.PARTIES_READ).require(Permission.LEDGER_READ)


def test_without_the_second_factor_everything_but_money_is_allowed() -> None:
    halfway = principal(Permission.LEDGER_READ, Permission.POOLS_SWEEP, without_factor=True)
    halfway.require(Permission.LEDGER_READ)
    with pytest.raises(SecondFactorMissing):
        halfway.require(Permission.POOLS_SWEEP)
    principal(Permission.POOLS_SWEEP).require(Permission.POOLS_SWEEP)


def test_maker_and_checker_are_two() -> None:
    check_two_people("person:wang", MAKER)
    with pytest.raises(SamePerson):
        check_two_people("person:li", MAKER)
