"""What registering and confirming refuses as a whole; what is wrong with single rows is in `row_errors`."""

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
