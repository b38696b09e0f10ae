"""What a debtor may still say to an invoice: once anything, afterwards only what makes its confirmation better."""

from datetime import date

from domain.receivables.errors import AlreadyRelied, GradeNotBetter, NotConfirmable
from domain.receivables.states import Answer, ConfirmationGrade, ReceivableState
from domain.receivables.tables import Receivable
from domain.values.money import Money

_S = ReceivableState
# Nobody relies on it yet: a debtor whose silence was taken for consent may still say another amount or date.
CHANGEABLE = (_S.VERIFIED, _S.CONFIRMED, _S.PART_CONFIRMED)
ANSWERABLE = (*CHANGEABLE, _S.LISTED, _S.FINANCED, _S.PART_PAID, _S.OVERDUE)


def check_answerable(
    invoice: Receivable, answer: Answer, grade: ConfirmationGrade, amount: Money | None, due_on: date | None
) -> None:
    """A debtor answers once; after that it may only confirm better, and change nothing that lenders rely on.

    Raises NotConfirmable, GradeNotBetter, AlreadyRelied.
    """
    if invoice.state is _S.VERIFIED:
        return
    if answer is Answer.DISPUTED or invoice.state not in ANSWERABLE:
        raise NotConfirmable(count=1, first=invoice.public_id)
    if not grade.outranks(invoice.confirmation_grade):
        held = invoice.confirmation_grade.value if invoice.confirmation_grade else ""
        raise GradeNotBetter(receivable=invoice.public_id, held=held, offered=grade.value)
    if invoice.state not in CHANGEABLE and (amount, due_on) != (invoice.confirmed_amount, invoice.due_on):
        raise AlreadyRelied(
            receivable=invoice.public_id,
            state=invoice.state.value,
            amount=str(invoice.confirmed_amount),
            due_on=invoice.due_on,
        )
