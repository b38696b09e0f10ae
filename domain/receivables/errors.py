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


class GradeNotBetter(DomainError):
    """An answer that would not make the confirmation any better."""

    code = "grade_not_better"
    status = 409
    en = "{receivable} is confirmed as {held} already; {offered} would not improve it. Leave it out, or dispute it."
    zh = "{receivable} 已按 {held} 等级确认,{offered} 不会提高确认等级。请移除该笔,或提出争议。"

    def __init__(self, *, receivable: str, held: str, offered: str) -> None:
        super().__init__(receivable=receivable, held=held, offered=offered)


class AlreadyRelied(DomainError):
    """Amount or due date would change on an invoice that lenders rely on already."""

    code = "already_relied_on"
    status = 409
    en = "{receivable} is {state}: its confirmed {amount}, due {due_on}, stand. Sign for exactly these, or dispute it."
    zh = "{receivable} 状态为 {state},已确认金额 {amount}、到期日 {due_on} 不能更改。请按此签署,或提出争议。"

    def __init__(self, *, receivable: str, state: str, amount: str, due_on: date) -> None:
        super().__init__(receivable=receivable, state=state, amount=amount, due_on=due_on.isoformat())


class RedLettered(DomainError):
    """An invoice the tax authority has cancelled is not verified by hand either."""

    code = "red_lettered"
    status = 409
    en = "{receivable} is cancelled by a red-letter invoice. Reject it."
    zh = "{receivable} 已被红字发票冲销,请予以拒绝。"

    def __init__(self, *, receivable: str) -> None:
        super().__init__(receivable=receivable)


class DeadlineTooSoon(DomainError):
    """A notice leaves the debtor too little time to answer."""

    code = "deadline_too_soon"
    status = 422
    en = "The debtor must have until {earliest} at least to answer, {days} days; {answer_by} is too soon."
    zh = "付款方的答复期限不得早于 {earliest}(至少 {days} 天),{answer_by} 过早。"

    def __init__(self, *, answer_by: date, earliest: date, days: int) -> None:
        super().__init__(answer_by=answer_by.isoformat(), earliest=earliest.isoformat(), days=days)


class DeliveryOutOfTime(DomainError):
    """A notice cannot reach anybody before it was sent, nor tomorrow."""

    code = "delivery_out_of_time"
    status = 422
    en = "The notice was sent on {sent_on}; it cannot have been delivered on {delivered_on}. Correct the date."
    zh = "通知于 {sent_on} 发出,送达日期 {delivered_on} 无效,请更正。"

    def __init__(self, *, sent_on: date, delivered_on: date) -> None:
        super().__init__(sent_on=sent_on.isoformat(), delivered_on=delivered_on.isoformat())


class DeliveryProved(DomainError):
    """The delivery of a notice is proved once."""

    code = "delivery_proved"
    status = 409
    en = "The delivery of {notice} on {delivered_on} is on record already. It cannot be replaced."
    zh = "通知 {notice} 已登记于 {delivered_on} 送达,不能更改。"

    def __init__(self, *, notice: str, delivered_on: date) -> None:
        super().__init__(notice=notice, delivered_on=delivered_on.isoformat())


class NotEligible(DomainError):
    """Receivables that rules of eligibility exclude from financing; says which rules and by which figures."""

    code = "not_eligible"
    status = 409
    en = "{count} of the receivables may not be financed, first {first}: {rules}. Leave them out, or correct the facts."
    zh = "{count} 笔应收账款不符合融资条件(首笔:{first}):{rules}。请移除或更正信息。"

    def __init__(self, *, count: int, first: str, rules: str, numbers: tuple[str, ...] = ()) -> None:
        super().__init__(count=count, first=first, rules=rules)
        self.rules = numbers


class NotDefaultable(DomainError):
    """A receivable that is not late enough, or not late at all."""

    code = "not_defaultable"
    status = 409
    rules = ("R23",)
    en = "{receivable} is {state} and {days} days late. Only an overdue one, more than {limit} days late, defaults."
    zh = "{receivable} 状态为 {state},逾期 {days} 天。仅逾期超过 {limit} 天的应收账款可转为违约。"

    def __init__(self, *, receivable: str, state: str, days: int, limit: int) -> None:
        super().__init__(receivable=receivable, state=state, days=days, limit=limit)


class ClaimOnRecord(DomainError):
    """The same entry of a registry is recorded for the same receivable already."""

    code = "claim_on_record"
    status = 409
    en = "{reference} is on record for {receivable} already. Nothing needs to be done."
    zh = "{receivable} 的登记编号 {reference} 已有记录,无需重复处理。"

    def __init__(self, *, receivable: str, reference: str) -> None:
        super().__init__(receivable=receivable, reference=reference)


class ClaimDischarged(DomainError):
    """A registration that no longer stands cannot be let go of again."""

    code = "claim_discharged"
    status = 409
    en = "Registration {registration} was discharged on {discharged_on}. There is nothing to discharge."
    zh = "登记 {registration} 已于 {discharged_on} 注销,无需再次注销。"

    def __init__(self, *, registration: str, discharged_on: date) -> None:
        super().__init__(registration=registration, discharged_on=discharged_on.isoformat())


class ClaimInTheFuture(DomainError):
    """A registration or notice is recorded once it has happened."""

    code = "claim_in_the_future"
    status = 422
    en = "{at} has not come yet. Record what has happened."
    zh = "{at} 尚未到来,请在发生后登记。"

    def __init__(self, *, at: str) -> None:
        super().__init__(at=at)


class CreditBeyondInvoice(DomainError):
    """A credit note larger than what the debtor still owes on the invoice."""

    code = "credit_beyond_invoice"
    status = 422
    rules = ("R10",)
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


class CreditCancelled(DomainError):
    """The credit note was cancelled before."""

    code = "credit_cancelled"
    status = 409
    en = "Credit note {reference} was cancelled on {cancelled_on}."
    zh = "红字凭证 {reference} 已于 {cancelled_on} 撤销。"

    def __init__(self, *, reference: str, cancelled_on: date) -> None:
        super().__init__(reference=reference, cancelled_on=cancelled_on)


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
