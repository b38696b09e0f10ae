"""What splitting, merging and passing on refuse."""

from datetime import date

from domain.values.errors import DomainError


class TooManyParts(DomainError):
    """A claim cannot be split into so many parts, each of something."""

    code = "too_many_parts"
    status = 422
    rules = ("R17",)
    en = "{claim} cannot be split into {parts} parts; {most} are the most, each of something. Ask for fewer."
    zh = "{claim} 无法拆分为 {parts} 份(最多 {most} 份,每份须大于零),请减少份数。"

    def __init__(self, *, claim: str, parts: int, most: int) -> None:
        super().__init__(claim=claim, parts=parts, most=most)


class PartsDiffer(DomainError):
    """The amounts given are not the parts of this claim."""

    code = "parts_differ"
    status = 422
    rules = ("R17",)
    en = "The {parts} parts come to {total}; {claim} is to be split. Give parts above zero that add up to it."
    zh = "{parts} 份合计 {total},待拆分金额为 {claim}。各份须大于零且合计相等。"

    def __init__(self, *, claim: str, total: str, parts: int) -> None:
        super().__init__(claim=claim, total=total, parts=parts)


class PartNumberTooLong(DomainError):
    """A number to which no place of a part can be added."""

    code = "part_number_too_long"
    status = 409
    en = "The number {number} has no room for the places of parts: {most} characters are the most. It stays whole."
    zh = "编号 {number} 过长,拆分后超过 {most} 个字符,无法拆分。"

    def __init__(self, *, number: str, most: int) -> None:
        super().__init__(number=number, most=most)


class PartRegistered(DomainError):
    """An invoice of a part's number is registered, in this group or elsewhere."""

    code = "part_registered"
    status = 409
    en = (
        "{number} of {holder} is registered already, as an invoice of its own. Let an operator look before it is split."
    )
    zh = "{holder} 的 {number} 已作为独立发票登记,请由运营人员核实后再拆分或转让。"

    def __init__(self, *, number: str, holder: str) -> None:
        super().__init__(number=number, holder=holder)


class CertificateTermTooLong(DomainError):
    """A payment certificate that runs longer than the law allows is not split or passed on."""

    code = "certificate_term_too_long"
    status = 409
    en = (
        "Certificate {number} of {issued_on} is due on {due_on}; the law lets it run until {longest_until} at most "
        "({citation})."
    )
    zh = "凭证 {number}({issued_on} 开立)到期日为 {due_on},超过法定最长付款期限 {longest_until}({citation})。"

    def __init__(self, *, number: str, issued_on: date, due_on: date, longest_until: date, citation: str) -> None:
        super().__init__(
            number=number,
            issued_on=issued_on.isoformat(),
            due_on=due_on.isoformat(),
            longest_until=longest_until.isoformat(),
            citation=citation,
        )


class NotDivisible(DomainError):
    """A receivable that cannot be split, merged or passed on as it stands."""

    code = "not_divisible"
    status = 409
    en = "Receivable {receivable} is {state} and stays as it is: {reason_en}."
    zh = "应收账款 {receivable} 状态为 {state},不能拆分、合并或转让:{reason_zh}。"

    def __init__(self, *, receivable: str, state: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(receivable=receivable, state=state, reason_en=reason_en, reason_zh=reason_zh)


class SplitUnderWay(DomainError):
    """A split of this receivable, or a transfer of it, waits for a decision."""

    code = "split_under_way"
    status = 409
    en = "A split or a transfer of {receivable} waits for a decision. Decide it, or take it back, first."
    zh = "应收账款 {receivable} 的拆分或转让尚待处理,请先审批或撤回。"

    def __init__(self, *, receivable: str) -> None:
        super().__init__(receivable=receivable)


class StandsElsewhere(DomainError):
    """What is asked of a whole is asked of its parts, and of a part that was merged, of its whole."""

    code = "stands_elsewhere"
    status = 409
    en = "Receivable {receivable} is {state}: its parts, or its whole, stand in its place. Turn to them."
    zh = "应收账款 {receivable} 状态为 {state},已由其各部分或原凭证取代,请对其操作。"

    def __init__(self, *, receivable: str, state: str) -> None:
        super().__init__(receivable=receivable, state=state)


class NotAReceiver(DomainError):
    """A firm to which this part cannot be passed on."""

    code = "not_a_receiver"
    status = 422
    en = "{receivable} cannot be passed on to {party}: {reason_en}."
    zh = "{receivable} 不能转让给 {party}:{reason_zh}。"

    def __init__(self, *, receivable: str, party: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(receivable=receivable, party=party, reason_en=reason_en, reason_zh=reason_zh)


class NoticeServed(DomainError):
    """The debtor's notice of a transfer is recorded once, after the transfer."""

    code = "notice_served"
    status = 409
    en = "Transfer {transfer} is {state}; its debtor is told once, after it was accepted."
    zh = "转让 {transfer} 状态为 {state};受让后方可登记一次债务人通知。"

    def __init__(self, *, transfer: str, state: str) -> None:
        super().__init__(transfer=transfer, state=state)
