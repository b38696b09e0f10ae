"""Chinese order and what people type to find a name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.names import has_han, initials, key_pattern, name_key, typed_initials


@pytest.mark.parametrize(
    ("name", "key", "letters"),
    [
        ("上海大润发", "shang hai da run fa", "shdrf"),
        ("7天连锁 Holdings", "7 tian lian suo holdings", "7tlsh"),
        ("Ｓｏｃｉéｔé 7天", "societe 7 tian", "s7t"),
        ("重庆银行", "chong qing yin hang", "cqyh"),
        ("绿地(北京)", "lv di bei jing", "ldbj"),
        ("  Müller & Söhne GmbH ", "muller sohne gmbh", "msg"),
    ],
)
def test_a_name_is_keyed_by_its_syllables_without_tones(name: str, key: str, letters: str) -> None:
    assert (name_key(name), initials(name)) == (key, letters)


def test_syllables_are_compared_one_by_one_as_a_dictionary_does() -> None:
    # xi an < xian: a space sorts before every letter
    assert sorted(["鲜丰", "西安", "阿里", "张三", "长沙"], key=name_key) == ["阿里", "长沙", "西安", "鲜丰", "张三"]


@pytest.mark.parametrize("typed", ["darunfa", "da run fa", "DaRun", "shanghai", "fa"])
def test_pinyin_is_found_from_the_start_of_any_syllable_with_or_without_spaces(typed: str) -> None:
    pattern = key_pattern(typed)
    assert pattern is not None
    assert re.search(pattern, "shang hai da run fa")


@pytest.mark.parametrize("typed", ["arunfa", "darfa", "hanghai"])
def test_pinyin_is_not_found_from_the_middle_of_a_syllable(typed: str) -> None:
    pattern = key_pattern(typed)
    assert pattern is not None
    assert not re.search(pattern, "shang hai da run fa")


def test_punctuation_alone_looks_for_nothing() -> None:
    assert key_pattern(".*") is None
    assert typed_initials("s.*") is None


def test_han_characters_are_known_beyond_the_first_plane() -> None:
    assert has_han("𠮷")
    assert not has_han("Ａ1é")


@given(st.text(min_size=1, max_size=60))
def test_every_name_has_a_key_that_only_depends_on_it(name: str) -> None:
    assert name_key(name) == name_key(name)
    assert name_key(name) == name_key(name).lower().strip() or not name.isascii()


@given(st.text(max_size=40))
def test_whatever_is_typed_makes_a_pattern_that_is_valid(typed: str) -> None:
    pattern = key_pattern(typed)
    assert pattern is None or re.compile(pattern)
