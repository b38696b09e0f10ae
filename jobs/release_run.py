"""Paying holdbacks back to sellers, and deposits back to agents."""

from typing import Any

from domain.runs.service import RunKind
from jobs.bank_run import send_run
from jobs.context import JobContext, Occasion


def run(context: JobContext, occasion: Occasion) -> dict[str, Any]:
    """Release what is left of repaid advances (R5), and deposits that two people let go."""
    return send_run(context, occasion, RunKind.RELEASE)
