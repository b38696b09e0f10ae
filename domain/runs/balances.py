"""What a run's own accounts held when it was frozen and when it closed."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from domain.banking.cash import cash_at_bank
from domain.banking.states import InstructionState
from domain.banking.tables import Instruction
from domain.ledger.balances import balances as ledger_balances
from domain.ledger.chart import AccountRef
from domain.parties.tables import BankAccount
from domain.platform.binds import TENANT, of
from domain.platform.database import TenantSession
from domain.platform.planner import no_nested_loops
from domain.runs.tables import Run, RunBalance


def note_before(session: TenantSession, run: Run, paying: Iterable[tuple[UUID, str]]) -> None:
    """Keep what the accounts of a frozen run hold, `paying` or collecting and receiving; frozen again, noted again."""
    held = ledger_balances(session, _accounts(session, run, paying))
    rows = [
        {
            "tenant_id": session.tenant_id,
            "run_id": run.id,
            "account_id": ref.owner,
            "currency": ref.currency,
            "before_minor": balance.posted.minor,
        }
        for ref, balance in held.items()
    ]
    if not rows:
        return
    noted = insert(RunBalance)
    session.execute(
        noted.on_conflict_do_update(
            index_elements=["tenant_id", "run_id", "account_id", "currency"],
            set_={"before_minor": noted.excluded.before_minor},
        ),
        rows,
    )


def note_after(session: TenantSession, run: Run) -> None:
    """Keep what they hold as the run closes: those noted before, for nothing comes into a frozen run."""
    of_run = col(RunBalance.tenant_id) == session.tenant_id, col(RunBalance.run_id) == run.id
    noted = {
        cash_at_bank(each.account_id, each.currency): each
        for each in session.scalars(select(RunBalance).where(*of_run).order_by(col(RunBalance.account_id)))
    }
    for ref, balance in ledger_balances(session, noted).items():
        noted[ref].after_minor = balance.posted.minor
    session.flush()


def _accounts(session: TenantSession, run: Run, paying: Iterable[tuple[UUID, str]]) -> list[AccountRef]:
    """Cash of every own account the run moves; a sweep moves two."""
    with no_nested_loops(session, run.item_count):
        receiving = session.execute(_RECEIVING, of(session, of_run=run.id)).all()
    both = {*paying, *((account_id, currency) for account_id, currency in receiving)}
    return [cash_at_bank(account_id, currency) for account_id, currency in sorted(both)]


def _receiving() -> Select[UUID, str]:
    own = select(col(BankAccount.id)).where(col(BankAccount.tenant_id) == TENANT, col(BankAccount.own))
    return (
        select(col(Instruction.counter_account_id), col(Instruction.currency))
        .where(
            col(Instruction.tenant_id) == TENANT,
            col(Instruction.run_id) == bindparam("of_run"),
            col(Instruction.state) != InstructionState.CANCELLED,
            col(Instruction.counter_account_id).in_(own),
        )
        .distinct()
    )


_RECEIVING = _receiving()
