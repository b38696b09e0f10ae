"""Runs from the outside: plan -> (approve) -> execute -> record -> close; `OWNERS` says who owns what.

Import it under the module's name, `from domain.runs import service as runs`.
"""

from domain.runs.certificates import Certificate, certificate, certified_items, verify_certificate
from domain.runs.closing import close_runs
from domain.runs.execution import Execution, execute_run, resolve_unknown, resume_runs
from domain.runs.owners import HANDLERS, OWNERS, PURPOSES, SOURCES, Owners
from domain.runs.pausing import pause_run, resume_run
from domain.runs.planning import approve_run, freeze_again, plan_run, reopen_run, set_run_limit
from domain.runs.queries import find_run, list_runs
from domain.runs.recording import Recorded, record_answers, record_stored
from domain.runs.retries import plan_retries, retry_by_hand, retry_items
from domain.runs.states import RunKind, RunState

__all__ = [
    "HANDLERS",
    "OWNERS",
    "PURPOSES",
    "SOURCES",
    "Certificate",
    "Execution",
    "Owners",
    "Recorded",
    "RunKind",
    "RunState",
    "approve_run",
    "certificate",
    "certified_items",
    "close_runs",
    "execute_run",
    "find_run",
    "freeze_again",
    "list_runs",
    "pause_run",
    "plan_retries",
    "plan_run",
    "record_answers",
    "record_stored",
    "reopen_run",
    "resolve_unknown",
    "resume_run",
    "resume_runs",
    "retry_by_hand",
    "retry_items",
    "set_run_limit",
    "verify_certificate",
]
