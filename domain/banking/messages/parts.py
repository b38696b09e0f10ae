"""The parts that messages share when read: accounts, parties, banks, reasons, remittances, control sums."""

from decimal import Decimal

from domain.banking.messages.errors import ControlSumMismatch, MessageIncomplete
from domain.banking.messages.model import AccountNumber, ControlSum, Party
from domain.banking.messages.xml import Element, count_of, decimal_of, find_all, raw_text, text
from domain.values.money import Money

# What senders write where the schema wants a reference or a bank and they have none.
NOT_PROVIDED = "NOTPROVIDED"


def reference(node: Element, *paths: str) -> str | None:
    """The identifier at the first of `paths`, None when the sender wrote NOTPROVIDED."""
    found = text(node, *paths)
    return None if found == NOT_PROVIDED else found


def account(node: Element, path: str) -> AccountNumber | None:
    """The account at `path`, by IBAN or any other number."""
    number = text(node, f"{path}/Id/IBAN", f"{path}/Id/Othr/Id")
    return None if number is None else AccountNumber(number)


def bank_id(node: Element, path: str) -> str | None:
    """BIC or clearing member id of the bank at `path`."""
    institution = f"{path}/FinInstnId"
    return reference(
        node,
        f"{institution}/BICFI",
        f"{institution}/BIC",
        f"{institution}/ClrSysMmbId/MmbId",
        f"{institution}/Othr/Id",
    )


def party(node: Element, role: str) -> Party:
    """The Dbtr or Cdtr (`role`) beside its account and bank. Raises MessageIncomplete without an account."""
    own = account(node, f"{role}Acct")
    if own is None:
        raise MessageIncomplete(element=f"{role}Acct")
    return Party(party_name(node, role) or "", own, bank_id(node, f"{role}Agt"))


def party_name(node: Element, role: str) -> str | None:
    """The name of a party: since version 8 one level deeper, because it may be a bank."""
    return (
        raw_text(node, f"{role}/Nm") or raw_text(node, f"{role}/Pty/Nm") or raw_text(node, f"{role}/Agt/FinInstnId/Nm")
    )


def remittance(node: Element) -> str:
    """What the payment is for: free text, else the structured creditor reference or document number, else ""."""
    free = [element.text for element in find_all(node, "RmtInf/Ustrd") if element.text]
    structured = text(node, "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/RfrdDocInf/Nb")
    return " ".join(free) or structured or ""


def reason(node: Element, path: str) -> str | None:
    """The reason at `path`: an ISO code, else the bank's own."""
    return text(node, f"{path}/Rsn/Cd", f"{path}/Rsn/Prtry")


class Declared:
    """A header's count and control sum, and what the items have come to so far."""

    def __init__(self, header: Element) -> None:
        """Read NbOfTxs and CtrlSum from a group header or a payment block; either may be absent."""
        count, total = text(header, "NbOfTxs"), text(header, "CtrlSum")
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
