"""Every refusal speaks both languages and has a code of its own."""

import string
from importlib import import_module
from pkgutil import walk_packages

import pytest

import domain
from domain.financing.citations import RULE
from domain.values.errors import DomainError


def every_refusal() -> list[type[DomainError]]:
    for module in walk_packages(domain.__path__, "domain."):
        if ".migrations" not in module.name:
            import_module(module.name)
    found: list[type[DomainError]] = []
    pending = [DomainError]
    while pending:
        pending += (children := pending.pop().__subclasses__())
        found += children
    return sorted(set(found), key=lambda refusal: refusal.__qualname__)


REFUSALS = every_refusal()


def fields(template: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__qualname__)
def test_a_refusal_names_the_same_facts_in_english_and_chinese(refusal: type[DomainError]) -> None:
    assert refusal.en != DomainError.en
    assert refusal.zh != DomainError.zh
    english = {name.removesuffix("_en") for name in fields(refusal.en)}
    chinese = {name.removesuffix("_zh") for name in fields(refusal.zh)}
    assert english == chinese


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__qualname__)
def test_a_refusal_answers_with_a_client_error_or_says_that_we_failed(refusal: type[DomainError]) -> None:
    assert 400 <= refusal.status < 600


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in REFUSALS if "code" in vars(refusal)]
    assert sorted(codes) == sorted(set(codes))


def test_every_rule_a_refusal_names_can_be_cited() -> None:
    named = {number for refusal in REFUSALS for number in refusal.rules}
    assert {"R1", "R11", "R23", "R26"} <= named <= RULE.keys()
