"""What a treasurer does with the chain's accounts, and what the bank says to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from domain.banking import cash
from domain.banking.answers import Outcome
from domain.banking.instructions import insert_due
from domain.banking.states import Direction, EntryDirection, Verdict
from domain.banking.tables import Instruction, Statement, StatementEntry, StatementFile
from domain.collection.queries import mandates_by_account
from domain.ledger import service as ledger
from domain.ledger.posting import Leg, Posting
from domain.platform import numbers
from domain.platform.clock import FixedClock
from domain.platform.database import TenantSession
from domain.platform.ids import uuid7
from domain.pooling.execution import book_sweeps, due_sweeps, prepare_wave
from domain.pooling.positions import pool_positions
from domain.pooling.rules import SweepMethod, SweepTerms
from domain.pooling.service import evaluate_pool
from domain.pooling.structures import NewMember, create_structure
from domain.pooling.tables import PoolStructure, Sweep, SweepProposal
from domain.values.actor import Actor, ActorKind
from domain.values.money import Money
from tests.domain.pooling.conftest import Chain

TODAY = date(2026, 3, 2)
NO_FLOOR = Money.zero("CNY")
TREASURER = Actor(ActorKind.PERSON, "treasurer")
CHECKER = Actor(ActorKind.PERSON, "checker")
Fund = Callable[..., None]


def fen(yuan: str) -> int:
    """Minor units."""
    return Money.of(yuan, "CNY").minor


WORKED = SweepTerms(
    SweepMethod.TARGET,
    "CNY",
    target_minor=fen("50000.00"),
    two_way=True,
    lot_minor=fen("10000.00"),
    minimum_minor=fen("20000.00"),
    maximum_minor=fen("100000.00"),
)
ZERO = SweepTerms(SweepMethod.ZERO, "CNY", two_way=True)


@dataclass
class Desk:
    """What a treasurer does with the chain's accounts, and what the bank says to it."""

    session: TenantSession
    chain: Chain
    clock: FixedClock
    fund: Fund

    def pool(
        self,
        terms: SweepTerms = ZERO,
        floor: str = "0",
        *,
        auto_approve: bool = True,
        rates: tuple[str, str] = ("0", "0"),
    ) -> PoolStructure:
        members = [NewMember(account_id=account, terms=terms) for account in self.chain.accounts.values()]
        return self.build(self.chain.header, members, Money.of(floor, "CNY"), auto_approve=auto_approve, rates=rates)

    def build(
        self,
        header: UUID,
        members: Sequence[NewMember],
        floor: Money = NO_FLOOR,
        *,
        auto_approve: bool = True,
        rates: tuple[str, str] = ("0", "0"),
    ) -> PoolStructure:
        return create_structure(
            self.session,
            name=f"Pool {uuid7()}",
            header_account_id=header,
            floor=floor,
            members=members,
            auto_approve=auto_approve,
            up_rate=Decimal(rates[0]),
            down_rate=Decimal(rates[1]),
            actor=TREASURER,
            clock=self.clock,
        )

    def evaluate(self, structure: PoolStructure, slot: str = "evening", on: date = TODAY) -> SweepProposal:
        return evaluate_pool(
            self.session,
            structure_id=structure.id,
            business_date=on,
            slot=slot,
            actor=TREASURER,
            clock=self.clock,
        )

    def sweeps(self, proposal: SweepProposal) -> Sequence[Sweep]:
        query = select(Sweep).where(Sweep.tenant_id == self.session.tenant_id, Sweep.proposal_id == proposal.id)
        return self.session.exec(query.order_by(col(Sweep.place))).all()

    def gather(self) -> list[Instruction]:
        """What a sweep run does: make ready and gather."""
        mandates = mandates_by_account(self.session.tenant_id, TODAY)
        prepare_wave(self.session, TODAY, clock=self.clock, mandates=mandates)
        run_id = uuid7()
        due = due_sweeps(self.session, TODAY, mandates=mandates)
        insert_due(self.session, due, run_id=run_id, clock=self.clock)
        query = select(Instruction).where(Instruction.tenant_id == self.session.tenant_id, Instruction.run_id == run_id)
        return list(self.session.exec(query.order_by(col(Instruction.id))).all())

    def hear(self, instructions: Sequence[Instruction], result: Verdict, on: date = TODAY) -> None:
        """Book the bank's word as banking does, then let pooling book its part."""
        for instruction in instructions:
            transit = cash.in_transit(instruction.own_account_id, "CNY")
            own = cash.cash_at_bank(instruction.own_account_id, "CNY")
            leg = {
                Verdict.SETTLED: Leg(transit, own, instruction.amount)
                if instruction.direction is Direction.CREDIT
                else Leg(own, transit, instruction.amount),
                Verdict.RETURNED: cash.give_back(instruction.direction, instruction.own_account_id, instruction.amount),
            }.get(result)
            if leg:
                posting = Posting(f"bank:{instruction.id}:{result}", "test", "test", on, (leg,))
                ledger.post(self.session, posting, actor=TREASURER, clock=self.clock)
        self.tell(instructions, result, on)

    def tell(self, instructions: Sequence[Instruction], result: Verdict, on: date = TODAY) -> None:
        book_sweeps(self.session, [word(instruction, result, on) for instruction in instructions], clock=self.clock)

    def sweep(self, structure: PoolStructure, slot: str = "evening", on: date = TODAY) -> SweepProposal:
        """Evaluate, send and hear of every wave, all of it valued on a date."""
        proposal = self.evaluate(structure, slot)
        while instructions := self.gather():
            self.hear(instructions, Verdict.SETTLED, on)
        return proposal

    def state(self, account: UUID, amount: str, on: date = TODAY) -> None:
        """A statement with one entry that is no sweep, and the cash it stands for."""
        money, number = Money.of(amount, "CNY"), numbers.reserve(self.session, "statement_entry", 1).start
        file = StatementFile(tenant_id=self.session.tenant_id, created_at=self.clock.now(), digest=uuid7().bytes)
        self.session.add(file)
        self.session.flush()
        statement = Statement(
            tenant_id=self.session.tenant_id,
            created_at=self.clock.now(),
            file_id=file.id,
            account_id=account,
            bank_reference=f"S{number}",
            currency="CNY",
            opened_on=on,
            closed_on=on,
            stated_at=self.clock.now(),
        )
        self.session.add(statement)
        self.session.flush()
        entry = StatementEntry(
            tenant_id=self.session.tenant_id,
            id=number,
            statement_id=statement.id,
            account_id=account,
            identity=f"{number}",
            direction=EntryDirection.CREDIT if money.amount > 0 else EntryDirection.DEBIT,
            amount_minor=abs(money.minor),
            currency="CNY",
            booked_on=on,
            value_date=on,
        )
        self.session.add(entry)
        self.session.flush()
        self.fund(account, amount, on, number)

    def booked(self, structure: PoolStructure) -> dict[UUID, str]:
        standing = pool_positions(self.session, structure)
        return {account: str(position.booked.amount) for account, position in standing.items()}


def word(instruction: Instruction, result: Verdict, on: date = TODAY) -> Outcome:
    """The bank's word on an instruction."""
    return Outcome(
        instruction_id=instruction.id,
        purpose=instruction.purpose,
        direction=instruction.direction,
        subject_id=instruction.subject_id,
        result=result,
        amount=instruction.amount,
        value_date=on,
        reason="AC04" if result is Verdict.REJECTED else None,
        own_account_id=instruction.own_account_id,
        counter_account_id=instruction.counter_account_id,
        mandate_id=instruction.mandate_id,
        attempt=1,
        obligation_key=instruction.obligation_key,
        run_id=instruction.run_id,
    )
