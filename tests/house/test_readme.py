"""What the README shows runs, and says what it said."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUPS = {"advances", "evidence", "facilities", "ledger", "receivables", "runs", "statements"}
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(text: str, program: str) -> list[list[str]]:
    lines = "\n".join(blocks(text, "sh")).splitlines()
    return [line.split("#")[0].split()[1:] for line in lines if line.startswith(f"{program} ")]


@pytest.mark.parametrize("example", blocks(README, "python"))
def test_the_worked_example_holds(example: str) -> None:
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README


@pytest.mark.parametrize("arguments", commands(README, "tributary"), ids=" ".join)
def test_every_command_it_names_exists_with_these_options(arguments: list[str]) -> None:
    words = [word for word in arguments if not word.startswith("-")]
    depth = 2 if words[0] in GROUPS else 1
    shown = CliRunner().invoke(app, [*words[:depth], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    for option in (word for word in arguments if word.startswith("--")):
        assert option in shown


def test_every_target_it_names_is_in_the_makefile() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {words[0] for words in commands(README, "make")} <= set(targets)


def test_it_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 150


def test_both_languages_show_the_same_commands() -> None:
    assert commands(README, "tributary") == commands(CHINESE, "tributary")
    assert commands(README, "make") == commands(CHINESE, "make")
