"""What registering and confirming refuses as a whole; what is wrong with single rows is in `row_errors`."""

from datetime import date

from domain.values.errors import DomainError


class UnreadableFile(DomainError):
    """The bytes are not a file of invoices."""

    code = "unreadable_file"
    status = 422
    en = "“{name}” cannot be read: {reason_en}."
    zh = "无法读取文件“{name}”:{reason_zh}。"

    def __init__(self, *, name: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(name=name, reason_en=reason_en, reason_zh=reason_zh)


class MissingColumns(DomainError):
    """The header lacks columns without which no row can be read."""

    code = "missing_columns"
    status = 422
    en = "The file has no column for {missing}. It has: {found}. Rename the columns, or say which column is which."
    zh = "文件缺少以下列:{missing}。现有列:{found}。请修改表头,或指定各列含义。"

    def __init__(self, *, missing: list[str], found: list[str]) -> None:
        super().__init__(missing=", ".join(missing), found=", ".join(found) or "—")


class TooManyRows(DomainError):
    """The file holds more invoices than one import takes."""

    code = "too_many_rows"
    status = 413
    en = "The file has more than {limit} rows. Split it."
    zh = "文件超过 {limit} 行,请拆分后导入。"

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=limit)


class NotConfirmable(DomainError):
    """The debtor answers for invoices that are not waiting for its answer."""

    code = "not_confirmable"
    status = 409
    en = "{count} of the invoices are not waiting for this debtor's answer, first {first}. Reload the list."
    zh = "{count} 张发票不在该付款方待确认之列(首张:{first}),请刷新列表。"

    def __init__(self, *, count: int, first: str) -> None:
        super().__init__(count=count, first=first)


class ConfirmedBeyondFace(DomainError):
    """A debtor confirms more than the invoice says, or nothing."""

    code = "confirmed_beyond_face"
    status = 422
    en = "{amount} cannot be confirmed on {receivable}, an invoice of {face}. Confirm the invoice or less."
    zh = "{receivable} 发票金额为 {face},不能确认 {amount}。确认金额应大于零且不超过发票金额。"

    def __init__(self, *, receivable: str, amount: str, face: str) -> None:
        super().__init__(receivable=receivable, amount=amount, face=face)


class NotDisputed(DomainError):
    """There is no dispute to settle."""

    code = "not_disputed"
    status = 409
    en = "Receivable {receivable} is {state}, not disputed. There is nothing to settle."
    zh = "应收账款 {receivable} 状态为 {state},没有待解决的争议。"

    def __init__(self, *, receivable: str, state: str) -> None:
        super().__init__(receivable=receivable, state=state)


class CreditBeyondInvoice(DomainError):
    """A credit note larger than what the debtor still owes on the invoice."""

    code = "credit_beyond_invoice"
    status = 422
    en = (
        "A credit of {amount} cannot be set against {receivable}: of its {face}, {paid} are paid and {unpaid} are "
        "confirmed and open. Credit no more than that, or pay the debtor back."
    )
    zh = "{receivable} 发票金额 {face},已付 {paid},已确认未付 {unpaid},不能冲减 {amount}。请减少冲减金额或直接退款。"

    def __init__(self, *, receivable: str, amount: str, unpaid: str, face: str, paid: str) -> None:
        super().__init__(receivable=receivable, amount=amount, unpaid=unpaid, face=face, paid=paid)


class CreditKnown(DomainError):
    """This credit note was set against this invoice before."""

    code = "credit_known"
    status = 409
    en = "Credit note {reference} has been set against {receivable} before. It counts once."
    zh = "红字凭证 {reference} 已在 {receivable} 上冲减,不能重复登记。"

    def __init__(self, *, receivable: str, reference: str) -> None:
        super().__init__(receivable=receivable, reference=reference)


class CreditNotYetIssued(DomainError):
    """A credit note dated in the future."""

    code = "credit_not_yet_issued"
    status = 422
    en = "Credit note {reference} is dated {issued_on}; today is {today}. Record it when it is issued."
    zh = "红字凭证 {reference} 开具日期 {issued_on} 晚于今天 {today},请在开具后登记。"

    def __init__(self, *, reference: str, issued_on: date, today: date) -> None:
        super().__init__(reference=reference, issued_on=issued_on.isoformat(), today=today.isoformat())


class AmountNotAboveZero(DomainError):
    """Something is asked for nothing, or for less."""

    code = "amount_not_above_zero"
    status = 422
    en = "{amount} is nothing to book. Give an amount above zero."
    zh = "金额 {amount} 无法入账,请填写大于零的金额。"

    def __init__(self, *, amount: str) -> None:
        super().__init__(amount=amount)
