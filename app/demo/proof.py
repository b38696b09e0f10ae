"""The proof at the end: our books add up, and the bank's say the same to the cent."""

from dataclasses import dataclass, field

from sqlalchemy import text

from app.bank_simulator.client import SimulatedBank
from app.demo.cast import Cast
from domain.financing.check import check_subledger
from domain.financing.states import ENDED_UNPLEDGED
from domain.ledger.balances import balances
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.check import check
from domain.ledger.seals import verify
from domain.platform.database import TenantSession
from domain.pooling.checks import check_pooling
from domain.values.money import Money


@dataclass(frozen=True, slots=True)
class Proof:
    """What does not hold, a sentence each; nothing when all does. The last two name invoices."""

    hq_position: Money
    in_our_books: list[str] = field(default_factory=list)
    against_the_bank: list[str] = field(default_factory=list)
    debited_twice: list[str] = field(default_factory=list)
    financed_twice: list[str] = field(default_factory=list)

    @property
    def books_balance(self) -> bool:
        """Ledger, seals, sub-ledger and pooling agree."""
        return not self.in_our_books

    @property
    def bank_agrees(self) -> bool:
        """Every own account holds what the bank says, and the bank's own books are in order."""
        return not self.against_the_bank

    @property
    def once_only(self) -> bool:
        """Nobody was debited twice, and no invoice was financed twice."""
        return not self.debited_twice and not self.financed_twice

    @property
    def differences(self) -> list[str]:
        """All of what does not hold."""
        return [*self.in_our_books, *self.against_the_bank, *self.debited_twice, *self.financed_twice]


def prove(session: TenantSession, bank: SimulatedBank, cast: Cast, currency: str) -> Proof:
    """Recompute everything, and ask the bank."""
    ours = {player.number: AccountRef(AccountKind.CASH_AT_BANK, currency, player.account_id) for player in cast.own}
    booked = balances(session, ours.values())
    held = {number: booked[ref].posted for number, ref in ours.items()}
    return Proof(
        hq_position=held[cast.hq.number],
        in_our_books=_in_our_books(session),
        against_the_bank=_against(bank, held),
        debited_twice=[debit.key for debit in bank.debits_by_remittance().debits if debit.settled - debit.returned > 1],
        financed_twice=_financed_twice(session),
    )


# By what the invoice is, not by the row it stands in: a second registration of it would show here too.
_TWICE = text("""
    SELECT min(receivable.invoice_number) FROM advance
    JOIN receivable ON receivable.tenant_id = advance.tenant_id AND receivable.id = advance.receivable_id
    WHERE advance.tenant_id = :tenant AND advance.state <> ALL(:ended)
    GROUP BY receivable.fingerprint HAVING count(*) > 1 ORDER BY 1
""")


def _financed_twice(session: TenantSession) -> list[str]:
    ended = [state.value for state in ENDED_UNPLEDGED]
    return list(session.scalars(_TWICE, {"tenant": session.tenant_id, "ended": ended}))


def _in_our_books(session: TenantSession) -> list[str]:
    findings = [*check(session), *verify(session), *check_subledger(session), *check_pooling(session)]
    return [str(finding) for finding in findings]


def _against(bank: SimulatedBank, held: dict[str, Money]) -> list[str]:
    theirs = {line.account: Money.of(line.balance, line.currency) for line in bank.balances().balances}
    differences = [
        f"account …{number[-4:]}: we hold {ours}, the bank says {theirs[number]}"
        for number, ours in held.items()
        if theirs[number] != ours
    ]
    return differences if bank.books().balanced else [*differences, "the bank's own books do not balance"]
