"""Finding over-debits: Σ net collected per obligation > amount due. What is found is frozen and shown."""

from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlmodel import col

from domain.banking.states import SETTLED_STATES, Direction, Purpose
from domain.banking.tables import Instruction
from domain.ledger.posting import Mode
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.outbox import announce
from domain.runs.corrections.funds import RefundOwner, RefundOwners, freeze
from domain.runs.corrections.queries import find_instruction
from domain.runs.corrections.states import CorrectionState, Method
from domain.runs.corrections.tables import Correction, OverDebit


def find_over_debits(session: TenantSession, owners: RefundOwners, *, clock: Clock) -> int:
    """Look at every obligation for which something is collected; returns how many are newly found."""
    session.flush()
    found = 0
    for purpose, owner in owners.items():
        for row in session.execute(_excesses(session, purpose, owner)).all():
            _keep(session, purpose, owner, row, clock)
            found += 1
    return found


def _excesses(session: TenantSession, purpose: Purpose, owner: RefundOwner) -> Select[Any]:
    """Obligation, due and net collected in minor units, and the last instruction, where more was collected than due."""
    due = owner.amounts_due(session).subquery("due")
    refunded = (
        select(col(Correction.instruction_id), func.sum(col(Correction.amount_minor)).label("minor"))
        .where(
            col(Correction.tenant_id) == session.tenant_id,
            col(Correction.method) == Method.TRANSFER,
            col(Correction.state) == CorrectionState.DONE,
        )
        .group_by(col(Correction.instruction_id))
        .subquery("refunded")
    )
    net = func.sum(col(Instruction.amount_minor) - func.coalesce(refunded.c.minor, 0))
    known = select(col(OverDebit.obligation_key)).where(
        col(OverDebit.tenant_id) == session.tenant_id, col(OverDebit.resolved_at).is_(None)
    )
    return (
        select(
            col(Instruction.obligation_key),
            due.c.amount_minor.label("due_minor"),
            net.label("collected_minor"),
            func.max(col(Instruction.id)).label("instruction_id"),
        )
        .join_from(Instruction, due, due.c.obligation_key == col(Instruction.obligation_key))
        .join(refunded, refunded.c.instruction_id == col(Instruction.id), isouter=True)
        .where(
            and_(
                col(Instruction.tenant_id) == session.tenant_id,
                col(Instruction.purpose) == purpose,
                col(Instruction.direction) == Direction.DEBIT,
                col(Instruction.state).in_(SETTLED_STATES),
                col(Instruction.obligation_key).not_in(known),
            )
        )
        .group_by(col(Instruction.obligation_key), due.c.amount_minor)
        .having(net > due.c.amount_minor)
        .order_by(col(Instruction.obligation_key))
    )


def _keep(session: TenantSession, purpose: Purpose, owner: RefundOwner, row: Row[Any], clock: Clock) -> None:
    instruction = find_instruction(session, row.instruction_id)
    excess = int(row.collected_minor) - row.due_minor
    over_debit = OverDebit(
        tenant_id=session.tenant_id,
        created_at=clock.now(),
        purpose=purpose,
        obligation_key=row.obligation_key,
        instruction_id=instruction.id,
        currency=instruction.currency,
        due_minor=row.due_minor,
        collected_minor=int(row.collected_minor),
        excess_minor=excess,
        frozen_minor=0 if owner.funds is None else excess,
        found_on=clock.today(),
    )
    session.add(over_debit)
    session.flush()
    if owner.funds is not None:
        funds = owner.funds(session, instruction)
        # It never was the owner's: nobody is asked whether its funds are enough.
        freeze(
            session,
            f"over_debit:{over_debit.id}",
            instruction,
            over_debit.frozen,
            funds,
            clock=clock,
            mode=Mode.IMPOSED,
        )
    facts = {"excess_minor": str(excess), "currency": instruction.currency, "due_minor": str(row.due_minor)}
    announce(session, "over_debit.found", row.obligation_key, facts, clock=clock)
