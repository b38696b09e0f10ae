"""Runs: gathered, frozen, approved by their digest, sent, answered, certified."""

from functools import partial
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK

from app.api.runs_dto import (
    CertificateView,
    ExecutionView,
    HappeningView,
    InstructionView,
    PlanRun,
    RetryBy,
    RetryItems,
    RetryView,
    RunView,
    StandingView,
    certificate_view,
    execution_view,
    happening_view,
    instruction_view,
    run_view,
    standing_view,
)
from app.deps import Work
from app.endpoints import command, money_command, query
from app.fields import MAX_NUMBER, ApproveDigest, ReasonBody, RunPath
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from app.refusals import NoBank
from domain.access.rules import Permission
from domain.banking.history import history
from domain.banking.listings import INSTRUCTIONS
from domain.platform.ids import parse_public_id
from domain.runs import service as runs
from domain.runs.listings import RUNS
from domain.runs.provisional import list_if_provisional
from domain.runs.queries import PREFIX as RUN
from domain.runs.queries import standing
from domain.runs.rules import check_retry_day
from domain.runs.tables import Run

Filters = Annotated[list[str] | None, filters_of(RUNS)]
InstructionFilters = Annotated[list[str] | None, filters_of(INSTRUCTIONS)]
InstructionPath = Annotated[int, PathParameter(ge=1, le=MAX_NUMBER, description="Number of the instruction.")]


class Runs(Controller):
    """What goes to the bank, at its cut-offs."""

    path = "/runs"
    tags = ("runs",)

    @query("/", needs=Permission.RUNS_READ)
    def list_runs(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[RunView]:
        """List runs, newest first."""
        return listed(
            work, RUNS, partial(run_view, calendar=work.calendar), filters=filters, cursor=cursor, limit=limit
        )

    @query("/{run_id:str}", needs=Permission.RUNS_READ)
    def get_run(self, work: NamedDependency[Work], run_id: RunPath) -> RunView:
        """Show a run; its items are listed under /v1/instructions, filtered by `run`."""
        work.whole_group()
        return run_view(work.find(Run, RUN, run_id, kind="run"), work.calendar)

    @money_command("/", needs=Permission.RUNS_PLAN, worker=True)
    def plan_run(self, work: NamedDependency[Work], data: JSONBody[PlanRun]) -> RunView:
        """Gather what is due today and freeze it under a digest.

        Where no limit lets it go by itself, a second person approves that digest. A date that may still change is
        warned of, and listed under /v1/provisional-plans.
        """
        work.whole_group()
        planned = runs.plan_run(
            work.session,
            kind=data.kind,
            business_date=work.clock.today(),
            slot=data.slot,
            clock=work.clock,
            actor=work.actor,
        )
        list_if_provisional(work.session, planned, clock=work.clock)
        return run_view(planned, work.calendar)

    @money_command("/{run_id:str}/approve", needs=Permission.RUNS_APPROVE, status_code=HTTP_200_OK)
    def approve_run(self, work: NamedDependency[Work], run_id: RunPath, data: JSONBody[ApproveDigest]) -> RunView:
        """Approve exactly the items whose digest was seen; another person than who planned."""
        work.whole_group()
        approved = runs.approve_run(
            work.session,
            parse_public_id(RUN, run_id),
            digest_seen=data.digest,
            actor=work.actor,
            clock=work.clock,
        )
        return run_view(approved, work.calendar)

    @command("/{run_id:str}/reopen", needs=Permission.RUNS_PLAN, worker=True, status_code=HTTP_200_OK)
    def reopen_run(self, work: NamedDependency[Work], run_id: RunPath, data: JSONBody[ReasonBody]) -> RunView:
        """Unfreeze a run that was not approved yet."""
        work.whole_group()
        identity = parse_public_id(RUN, run_id)
        reopened = runs.reopen_run(work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock)
        return run_view(reopened, work.calendar)

    @command("/{run_id:str}/freeze", needs=Permission.RUNS_PLAN, worker=True, status_code=HTTP_200_OK)
    def freeze_run(self, work: NamedDependency[Work], run_id: RunPath) -> RunView:
        """Freeze a reopened run again, with what is left in it, under a new digest."""
        work.whole_group()
        identity = parse_public_id(RUN, run_id)
        frozen = runs.freeze_again(work.session, identity, actor=work.actor, clock=work.clock)
        return run_view(frozen, work.calendar)

    @command("/{run_id:str}/execute", needs=Permission.RUNS_EXECUTE, status_code=HTTP_200_OK)
    def execute_run(self, work: NamedDependency[Work], run_id: RunPath) -> ExecutionView:
        """Carry a run out, as far as its approval, our cash and the bank allow.

        Safe to repeat: what was sent is not sent twice. There is no dry run: what goes to the bank is gone.
        """
        work.whole_group()
        run = work.find(Run, RUN, run_id, kind="run")
        if work.house.channel is None:
            raise NoBank
        clock, tenant_id = work.clock, work.session.tenant_id
        work.let_go()
        execution = runs.execute_run(
            work.house.database,
            work.house.channel(tenant_id),
            tenant_id,
            run.id,
            keys=work.keys,
            clock=clock,
        )
        return execution_view(execution)

    @command("/{run_id:str}/pause", needs=Permission.RUNS_EXECUTE, status_code=HTTP_200_OK)
    def pause_run(self, work: NamedDependency[Work], run_id: RunPath, data: JSONBody[ReasonBody]) -> RunView:
        """Let nothing more of a run leave for the bank; what is there goes its way, and its answers are recorded."""
        work.whole_group()
        identity = parse_public_id(RUN, run_id)
        moved = runs.pause_run(work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock)
        return run_view(moved, work.calendar)

    @command("/{run_id:str}/resume", needs=Permission.RUNS_EXECUTE, status_code=HTTP_200_OK)
    def resume_run(self, work: NamedDependency[Work], run_id: RunPath, data: JSONBody[ReasonBody]) -> RunView:
        """Let a paused run go on when it is executed next."""
        work.whole_group()
        identity = parse_public_id(RUN, run_id)
        moved = runs.resume_run(work.session, identity, reason=data.reason, actor=work.actor, clock=work.clock)
        return run_view(moved, work.calendar)

    @money_command("/{run_id:str}/retry", needs=Permission.RUNS_PLAN, status_code=HTTP_200_OK)
    def retry_run_items(
        self, work: NamedDependency[Work], run_id: RunPath, data: JSONBody[RetryItems]
    ) -> list[RetryView]:
        """Present failed collections of a run again on a business day, all of them or none.

        One that has an attempt planned or on its way is refused; the debit run of that day takes what is still due.
        """
        work.whole_group()
        run = work.find(Run, RUN, run_id, kind="run")
        check_retry_day(data.due_on, work.clock.today(), work.calendar)
        numbers = sorted(set(data.instruction_ids))
        runs.retry_items(work.session, run.id, numbers, due_on=data.due_on, actor=work.actor, clock=work.clock)
        return [RetryView(instruction_id=number, due_on=data.due_on) for number in numbers]

    @query("/{run_id:str}/standing", needs=Permission.RUNS_READ)
    def get_run_standing(self, work: NamedDependency[Work], run_id: RunPath) -> StandingView:
        """Show how far a run's items and messages came."""
        work.whole_group()
        run = work.find(Run, RUN, run_id, kind="run")
        return standing_view(run_id, standing(work.session, [run.id])[run.id])

    @query("/{run_id:str}/certificate", needs=Permission.RUNS_READ)
    def get_run_certificate(self, work: NamedDependency[Work], run_id: RunPath) -> CertificateView:
        """Show the certificate of a closed run, computed again from the rows."""
        work.whole_group()
        identity = parse_public_id(RUN, run_id)
        given = runs.certificate(work.session, identity)
        return certificate_view(run_id, given, runs.verify_certificate(work.session, identity))


class Instructions(Controller):
    """Single orders to the bank."""

    path = "/instructions"
    tags = ("runs",)

    @query("/", needs=Permission.RUNS_READ)
    def list_instructions(
        self,
        work: NamedDependency[Work],
        filters: InstructionFilters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[InstructionView]:
        """List instructions, newest first."""
        return listed(work, INSTRUCTIONS, instruction_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{instruction_id:int}/history", needs=Permission.RUNS_READ)
    def get_instruction_history(
        self, work: NamedDependency[Work], instruction_id: InstructionPath
    ) -> list[HappeningView]:
        """Show what happened to an instruction, in the order of time: alone, with its file, or with its run."""
        work.whole_group()
        return [happening_view(each) for each in history(work.session, instruction_id)]

    @money_command("/{instruction_id:int}/retry", needs=Permission.RUNS_PLAN)
    def retry_instruction(
        self, work: NamedDependency[Work], instruction_id: InstructionPath, data: JSONBody[RetryBy]
    ) -> RetryView:
        """Present a failed collection again on a business day, whatever it failed of.

        The debit run of that day takes it, as far as it is still due.
        """
        work.whole_group()
        check_retry_day(data.due_on, work.clock.today(), work.calendar)
        runs.retry_by_hand(work.session, instruction_id, due_on=data.due_on, actor=work.actor, clock=work.clock)
        return RetryView(instruction_id=instruction_id, due_on=data.due_on)
