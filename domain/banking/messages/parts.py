"""The parts that messages share when read: accounts, parties, banks, reasons, remittances, control sums."""

from decimal import Decimal

from domain.banking.messages.errors import ControlSumMismatch, MessageIncomplete
from domain.banking.messages.fields import Fields, count_of, decimal_of
from domain.banking.messages.model import AccountNumber, ControlSum, Party
from domain.values.money import Money

# What senders write where the schema wants a reference or a bank and they have none.
NOT_PROVIDED = "NOTPROVIDED"
_STRUCTURED = ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef", "RmtInf/Strd/RfrdDocInf/Nb")


def reference(node: Fields, *paths: str) -> str | None:
    """The identifier at the first of `paths`, None when the sender wrote NOTPROVIDED."""
    found = node.text(*paths)
    return None if found == NOT_PROVIDED else found


def account(node: Fields, path: str) -> AccountNumber | None:
    """The account at `path`, by IBAN or any other number."""
    number = node.text(f"{path}/Id/IBAN", f"{path}/Id/Othr/Id", f"{path}/Id/PrtryAcct/Id")
    return None if number is None else AccountNumber(number)


def bank_id(node: Fields, path: str) -> str | None:
    """BIC or clearing member id of the bank at `path`."""
    institution = f"{path}/FinInstnId"
    return reference(
        node,
        f"{institution}/BICFI",
        f"{institution}/BIC",
        f"{institution}/ClrSysMmbId/MmbId",
        f"{institution}/Othr/Id",
    )


def party(node: Fields, role: str) -> Party:
    """The Dbtr or Cdtr (`role`) beside its account and bank. Raises MessageIncomplete without an account."""
    own = account(node, f"{role}Acct")
    if own is None:
        raise MessageIncomplete(element=f"{role}Acct")
    return Party(party_name(node, role) or "", own, bank_id(node, f"{role}Agt"))


def party_name(node: Fields, role: str) -> str | None:
    """The name of a party: since version 8 one level deeper, because it may be a bank."""
    return node.raw(f"{role}/Nm", f"{role}/Pty/Nm", f"{role}/Agt/FinInstnId/Nm")


def remittance(node: Fields) -> str:
    """What the payment is for: free text, else the structured creditor reference or document number, else ""."""
    free = " ".join(node.every("RmtInf/Ustrd"))
    return free or node.text(*_STRUCTURED) or ""


def reason(node: Fields, path: str) -> str | None:
    """The reason at `path`: an ISO code, else the bank's own."""
    return node.text(f"{path}/Rsn/Cd", f"{path}/Rsn/Prtry")


class Declared:
    """A header's count and control sum, and what the items have come to so far."""

    def __init__(self, header: Fields) -> None:
        """Read NbOfTxs and CtrlSum from a group header or a payment block; either may be absent."""
        count, total = header.text("NbOfTxs"), header.text("CtrlSum")
        self.count = None if count is None else count_of("NbOfTxs", count)
        self.total = None if total is None else decimal_of("CtrlSum", total)
        self._seen = 0
        self._sum = Decimal(0)

    def add(self, amount: Money) -> None:
        """One more item."""
        self._seen += 1
        self._sum += amount.amount

    def check(self) -> ControlSum:
        """What the items came to; raises ControlSumMismatch unless it is what the header states."""
        count_differs = self.count is not None and self.count != self._seen
        if count_differs or (self.total is not None and self.total != self._sum):
            raise ControlSumMismatch(
                declared_count=self._seen if self.count is None else self.count,
                declared_total=self.total,
                actual_count=self._seen,
                actual_total=self._sum,
            )
        return ControlSum(self._seen, self._sum)
