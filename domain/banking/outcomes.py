"""What the bank made of instructions: one by one for owners of a few, as a relation for owners of a million."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, overload
from uuid import UUID

from sqlalchemy import Row, TextClause, text

from domain.banking.states import Direction, Purpose, Verdict
from domain.platform.database import TenantSession
from domain.values.money import Money

KEPT = 1_000  # outcomes that are read at once; more stay in the database until somebody asks for them

# Settled before returned, so that both in one batch fit; settled before rejected, because money moved.
ORDER = (Verdict.ACCEPTED, Verdict.SETTLED, Verdict.REJECTED, Verdict.RETURNED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank made of one instruction, for the owner of its purpose to book against in transit.

    `value_date` is that of this word: of the settlement, the rejection or the return.
    """

    instruction_id: int
    purpose: Purpose
    direction: Direction
    subject_id: UUID
    result: Verdict
    amount: Money
    value_date: date
    reason: str | None
    own_account_id: UUID
    counter_account_id: UUID
    mandate_id: UUID | None
    attempt: int
    obligation_key: str
    run_id: UUID | None

    @property
    def source(self) -> str:
        """The name of this word in the books of who acts on it."""
        return self.source_of(self.result)

    def source_of(self, verdict: Verdict) -> str:
        """The name of another word on the same instruction, such as the settlement that a return takes back."""
        return f"instruction:{self.instruction_id}:{verdict.value}"


# The batch being applied; told rows are instructions as they became, with what the bank said of them.
_TOLD = """
    SELECT instruction_id, purpose, direction, subject_id, verdict, amount_minor, currency, said_on, reason,
           own_account_id, counter_account_id, mandate_id, attempt, obligation_key, run_id
    FROM pg_temp.bank_told WHERE verdict = ANY(:verdicts) AND purpose = ANY(:purposes)
    ORDER BY array_position(CAST(:verdicts AS text[]), verdict), instruction_id
"""
_COUNT = text("SELECT purpose, verdict, count(*) FROM pg_temp.bank_told WHERE verdict <> 'accepted' GROUP BY 1, 2")
_FAILED = (Verdict.REJECTED, Verdict.RETURNED)
_RESULTS = tuple(verdict for verdict in ORDER if verdict is not Verdict.ACCEPTED)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes(Sequence[Outcome]):
    """The outcomes of a batch, or those of one purpose. Good until the transaction ends, where there are many.

    Bulk owners read them where they lie: `pg_temp.bank_told (purpose, verdict, instruction_id, subject_id, said_on,
    reason, own_account_id, amount_minor, currency, …)`, the verdict and purpose as text.
    """

    session: TenantSession
    counts: dict[tuple[Purpose, Verdict], int]
    kept: Sequence[Outcome] | None
    failed: Sequence[Outcome] = ()  # the few that were refused or came back, refused ones first
    answers: int = 0  # how many were read for them

    @classmethod
    def of_batch(cls, session: TenantSession, answers: int) -> "Outcomes":
        """What the batch in `bank_told` came to."""
        counts = {(Purpose(purpose), Verdict(verdict)): count for purpose, verdict, count in session.execute(_COUNT)}
        outcomes = cls(session, counts, None)
        kept = outcomes.read(_RESULTS) if len(outcomes) <= KEPT else None
        return cls(session, counts, kept, cls(session, counts, kept).read(_FAILED), answers)

    @property
    def purposes(self) -> list[Purpose]:
        """What they were for, in order of their names."""
        return sorted({purpose for purpose, _ in self.counts})

    def of(self, purpose: Purpose) -> "Outcomes":
        """Those of one purpose."""
        counts = {key: count for key, count in self.counts.items() if key[0] is purpose}
        kept = None if self.kept is None else [each for each in self.kept if each.purpose is purpose]
        return Outcomes(self.session, counts, kept, [each for each in self.failed if each.purpose is purpose])

    def count(self, value: Any) -> int:  # noqa: ANN401 - of a Sequence
        """How many came to a verdict."""
        return sum(count for (_, verdict), count in self.counts.items() if verdict is value)

    def read(self, results: Iterable[Verdict]) -> Sequence[Outcome]:
        """Those with these verdicts as objects, verdict by verdict in the order given, then by instruction."""
        wanted = list(results)
        if self.kept is not None:
            return [each for verdict in wanted for each in self.kept if each.result is verdict]
        binds = {"verdicts": [verdict.value for verdict in wanted], "purposes": [each.value for each in self.purposes]}
        return [_outcome(row) for row in self.session.execute(_SELECT, binds)]

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.read(_RESULTS) if self.kept is None else self.kept)

    @overload
    def __getitem__(self, place: int) -> Outcome: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, place: int | slice) -> Outcome | Sequence[Outcome]:
        return list(self)[place]


_SELECT: TextClause = text(_TOLD)


def _outcome(row: Row[Any]) -> Outcome:
    return Outcome(
        instruction_id=row.instruction_id,
        purpose=Purpose(row.purpose),
        direction=Direction(row.direction),
        subject_id=row.subject_id,
        result=Verdict(row.verdict),
        amount=Money.from_minor(row.amount_minor, row.currency),
        value_date=row.said_on,
        reason=row.reason,
        own_account_id=row.own_account_id,
        counter_account_id=row.counter_account_id,
        mandate_id=row.mandate_id,
        attempt=row.attempt,
        obligation_key=row.obligation_key,
        run_id=row.run_id,
    )


@dataclass(frozen=True, slots=True)
class Relation:
    """Outcomes for SQL: instruction_id, subject_id, run_id, said_on, own_account_id, amount_minor, currency, reason."""

    sql: str
    binds: dict[str, Any]
    is_bulk: bool


_OF_BATCH = """
    SELECT instruction_id, subject_id, run_id, said_on, own_account_id, amount_minor, currency, reason
    FROM pg_temp.bank_told WHERE purpose = :purpose AND verdict = :verdict
"""
_OF_LIST = """
    SELECT * FROM unnest(CAST(:instructions AS bigint[]), CAST(:subjects AS uuid[]), CAST(:runs AS uuid[]),
                         CAST(:days AS date[]), CAST(:accounts AS uuid[]), CAST(:amounts AS bigint[]),
                         CAST(:currencies AS text[]), CAST(:reasons AS text[]))
         AS told (instruction_id, subject_id, run_id, said_on, own_account_id, amount_minor, currency, reason)
"""


def relation(outcomes: Sequence[Outcome], purpose: Purpose, verdict: Verdict) -> Relation | None:
    """The outcomes of that purpose and verdict where they lie, or as arrays; None when there are none."""
    if isinstance(outcomes, Outcomes) and outcomes.kept is None:
        if not outcomes.counts.get((purpose, verdict)):
            return None
        return Relation(_OF_BATCH, {"purpose": purpose.value, "verdict": verdict.value}, is_bulk=True)
    told = [each for each in outcomes if each.purpose is purpose and each.result is verdict]
    if not told:
        return None
    columns = {
        "instructions": [each.instruction_id for each in told],
        "subjects": [each.subject_id for each in told],
        "runs": [each.run_id for each in told],
        "days": [each.value_date for each in told],
        "accounts": [each.own_account_id for each in told],
        "amounts": [each.amount.minor for each in told],
        "currencies": [each.amount.currency for each in told],
        "reasons": [each.reason for each in told],
    }
    return Relation(_OF_LIST, columns, is_bulk=False)
