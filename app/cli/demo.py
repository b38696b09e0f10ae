"""`tributary demo`: the main job from one command."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.bank_simulator.faults import PRESETS
from app.demo.feed import Feed
from app.demo.files import feed_from_files
from app.demo.house import bank_store
from app.demo.packaged import DAYS, packaged_feed
from app.demo.run import Play, run_demo
from domain.platform.key_file import key_ring
from domain.platform.opening import open_database
from domain.platform.settings import Settings

NOT_PROVED = 3  # the exit status of a demo whose books or bank do not agree
MAX_DAYS = 1_000


def demo(
    receivables: Annotated[Path | None, typer.Option(help="Invoice history as CSV · 发票历史文件")] = None,
    takings: Annotated[Path | None, typer.Option(help="Till weeks as CSV, plain or gzipped · 营业款文件")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day · 开始日期")] = None,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="Days to live through · 天数")] = DAYS,
    seed: Annotated[int, typer.Option(help="Seed of scenario and misfortunes · 随机种子")] = 1,
    faults: Annotated[str, typer.Option(help="Misfortunes at the bank: none, some, many · 银行故障")] = "some",
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON · 以 JSON 输出")] = False,
) -> None:
    """Finance a retail group's invoices and pool its takings, against a bank that keeps its own books.

    Without files the packaged scenario is played. Afterwards `tributary up` serves what was made.
    """
    if faults not in PRESETS:
        raise typer.BadParameter(f"one of {', '.join(PRESETS)}", param_hint="--faults")
    if takings is not None and receivables is None:
        raise typer.BadParameter("give --receivables too, or neither", param_hint="--takings")
    feed = _feed(receivables, takings, start, days, seed)
    settings = Settings.from_environment()
    with (
        bank_store(settings.data_folder) as store,
        open_database(settings) as database,
        _progress() as progress,
    ):
        task = progress.add_task("days · 天", total=feed.days)
        summary = run_demo(
            database,
            key_ring(settings),
            Play(feed, seed, faults, store),
            on_day=lambda day: progress.update(task, completed=(day - feed.start).days, description=f"{day}"),
        )
        progress.update(task, completed=feed.days)
    if as_json:
        typer.echo(summary.as_json())
    else:
        summary.show(Console())
    if not (summary.proof.books_balance and summary.proof.bank_agrees and summary.proof.once_only):
        raise typer.Exit(NOT_PROVED)


def _feed(receivables: Path | None, takings: Path | None, start: datetime | None, days: int, seed: int) -> Feed:
    first = start.date() if start else None
    if receivables is None:
        return packaged_feed(seed, days) if first is None else packaged_feed(seed, days, first)
    return feed_from_files(receivables, takings, start=first, days=days)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
