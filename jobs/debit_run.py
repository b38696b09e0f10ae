"""Collecting what debtors owe today."""

from typing import Any

from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Debit every mandate under which something falls due."""
    return send_run(context, occasion, RunKind.DEBIT)
