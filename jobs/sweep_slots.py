"""Pools that are swept at times of their own: one job per time there is, made of the slots as they stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from functools import partial
from typing import Any

from domain.pooling import service as pooling
from domain.pooling.slots import CronSlot, cron_slots, evaluate_crossed
from domain.runs.service import RunKind
from domain.values.actor import system
from jobs.bank_run import send_run
from jobs.context import Job, JobContext, Occasion

SWEEPING = system("sweep")


def with_slots(context: JobContext, day: Sequence[Job]) -> list[Job]:
    """The table of a day with the tenant's own times of evaluation in it."""
    with context.session() as session:
        slots = cron_slots(session)
    times = sorted({at for slot in slots for at in slot.cron.times})
    extra = [job_at(at, [slot for slot in slots if at in slot.cron.times]) for at in times]
    return sorted([*day, *extra], key=lambda job: job.at)


def job_at(at: time, slots: list[CronSlot]) -> Job:
    """The job of one time, on the days on which any of its slots falls."""
    return Job(
        "sweep_slots",
        at,
        partial(_evaluate, slots=slots),
        business_days_only=True,
        falls=partial(_any_falls, slots=slots),
    )


def _any_falls(day: date, *, slots: Sequence[CronSlot]) -> bool:
    return any(slot.cron.falls_on(day) for slot in slots)


def _evaluate(context: JobContext, occasion: Occasion, *, slots: Sequence[CronSlot]) -> dict[str, Any]:
    """Propose what the slots of this time ask for, pool by pool, and send what needs no second person."""
    sweeps = 0
    for slot in slots:
        if not slot.cron.falls_on(occasion.business_date):
            continue
        with context.session() as session:
            proposal = pooling.evaluate_pool(
                session,
                structure_id=slot.structure_id,
                business_date=occasion.business_date,
                slot=f"{slot.name}-{occasion.slot}",
                actor=SWEEPING,
                clock=occasion.clock,
            )
            sweeps += proposal.sweep_count
    # A run's name of its own: a job of the table may stand at the same minute.
    return {"sweeps": sweeps} | send_run(context, replace(occasion, slot=f"cron-{occasion.slot}"), RunKind.SWEEP)


def sweep_crossed(context: JobContext, occasion: Occasion) -> int:
    """Propose sweeps where statements brought a balance over its threshold; the next run sends them."""
    with context.session() as session:
        return len(evaluate_crossed(session, clock=occasion.clock))
