"""Rules of the house that matter and that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for top in ("app", "domain", "jobs") for path in (ROOT / top).rglob("*.py"))


def nodes(path: Path, kind: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kind))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def called_name(call: ast.AST) -> str:
    assert isinstance(call, ast.Call)
    return ast.unparse(call.func)


def offenders(paths: list[Path], names: set[str]) -> list[str]:
    return [
        f"{relative(path)}:{call.lineno} {called_name(call)}"
        for path in paths
        for call in nodes(path, ast.Call)
        if isinstance(call, ast.Call) and called_name(call) in names
    ]


def within(*places: str) -> list[Path]:
    return [path for path in SOURCES if relative(path).startswith(places)]


def test_no_float_is_made_in_the_business_because_money_and_rates_are_decimal() -> None:
    assert offenders(within("domain/"), {"float"}) == []


def test_only_the_clock_reads_the_system_clock_because_a_sandbox_tenant_owns_its_time() -> None:
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "datetime.datetime.now"}
    business = [path for path in SOURCES if relative(path) != "domain/platform/clock.py"]
    assert offenders(business, clocks) == []


def test_state_changes_only_at_its_one_door_because_a_move_without_record_cannot_be_explained() -> None:
    found = [
        f"{relative(path)}:{target.lineno}"
        for path in SOURCES
        if relative(path) != "domain/platform/transitions.py"
        for node in nodes(path, ast.Assign)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state"
    ]
    assert found == []


def test_nothing_in_the_outside_commits_but_the_request_session_because_half_a_request_must_not_stay() -> None:
    commits = [
        f"{relative(path)}:{call.lineno}"
        for path in within("app/api/", "app/console/")
        for call in nodes(path, ast.Call)
        if isinstance(call, ast.Call) and called_name(call).endswith(".commit")
    ]
    assert commits == []


def test_future_annotations_are_banned_because_they_break_sqlmodel_and_litestar() -> None:
    found = [relative(path) for path in SOURCES if "from __future__ import annotations" in path.read_text("utf-8")]
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_exception_is_swallowed_because_a_silent_failure_is_money_lost(path: Path) -> None:
    found = [
        node.lineno
        for node in nodes(path, ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "BaseException")
    ]
    assert found == []
