"""Refusals of a bank message: what was wrong with the document, in words a person can act on."""

from decimal import Decimal
from typing import Self

from domain.values.errors import DomainError, InvalidValue


class NotXml(DomainError):
    """The document is not XML, or ends before it is complete."""

    code = "message_not_xml"
    status = 422
    en = "The document is not complete XML (line {line}: {detail}). Fetch or export it again."
    zh = "文件不是完整的 XML(第 {line} 行:{detail}),请重新获取或导出。"

    def __init__(self, *, line: int, detail: str) -> None:
        super().__init__(line=line, detail=detail)


class MessageTooLarge(DomainError):
    """The document is longer than any bank's message."""

    code = "message_too_large"
    status = 413
    en = "The document is larger than {limit_bytes} bytes, which no bank message is. It was not read to its end."
    zh = "文件超过 {limit_bytes} 字节,任何银行报文都不会如此之大,已停止读取。"

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(limit_bytes=limit_bytes)


class DoctypeForbidden(DomainError):
    """The document declares a DTD: bank messages never do, attacks on XML readers always do."""

    code = "message_doctype_forbidden"
    status = 422
    en = "The document declares a DTD or entities, which no bank message needs. It was not read."
    zh = "文件包含 DTD 或实体声明,银行报文不应含有此类内容,已拒绝读取。"


class UnexpectedMessage(DomainError):
    """The document is another kind of message, or a version that is not read."""

    code = "message_unexpected"
    status = 422
    en = "Expected {expected}, but the document is “{found}”. Choose the right file or ask for another version."
    zh = "应为 {expected},而文件是“{found}”。请选择正确的文件,或请银行提供其他版本。"

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(expected=expected, found=found)


class MessageIncomplete(DomainError):
    """A part without which the message means nothing is missing."""

    code = "message_incomplete"
    status = 422
    en = "The message lacks {element}. Ask the sender for a complete one."
    zh = "报文缺少 {element},请发送方补全后重新提供。"

    def __init__(self, *, element: str) -> None:
        super().__init__(element=element)


class ControlSumMismatch(DomainError):
    """The count or sum in a header is not that of the items: part of the file is missing, doubled or altered."""

    code = "control_sum_mismatch"
    status = 422
    en = (
        "The header states {declared_count} items summing to {declared_total}, "
        "but the items are {actual_count} summing to {actual_total}. Nothing of the file may be used."
    )
    zh = (
        "文件头声明 {declared_count} 笔、合计 {declared_total},"
        "实际为 {actual_count} 笔、合计 {actual_total},整个文件不可使用。"
    )

    def __init__(
        self, *, declared_count: int, declared_total: Decimal | None, actual_count: int, actual_total: Decimal
    ) -> None:
        super().__init__(
            declared_count=declared_count,
            declared_total="—" if declared_total is None else format(declared_total, "f"),
            actual_count=actual_count,
            actual_total=format(actual_total, "f"),
        )


class FieldRefused(InvalidValue):
    """A field holds what the schema does not allow there: too long, empty, or characters XML cannot carry."""

    code = "message_field_refused"

    @classmethod
    def too_long(cls, field: str, value: str, limit: int) -> Self:
        """More than `limit` characters; never cut, because a cut name is another name."""
        return cls(
            field=field,
            value=value[:limit] + "…",
            reason=f"at most {limit} characters are allowed, this has {len(value)}",
            reason_zh=f"最多 {limit} 个字符,实际 {len(value)} 个",
        )

    @classmethod
    def empty(cls, field: str) -> Self:
        """Nothing where the schema wants at least one character."""
        return cls(field=field, value="", reason="it must not be empty", reason_zh="不能为空")

    @classmethod
    def unwritable(cls, field: str, value: str) -> Self:
        """Control characters, line breaks or halves of characters."""
        return cls(
            field=field,
            value=value,
            reason="control characters, line breaks and broken characters are not allowed",
            reason_zh="不允许控制字符、换行或残缺字符",
        )

    @classmethod
    def malformed(cls, field: str, value: str, shape: str) -> Self:
        """Text that is not of the expected shape, such as a date or an amount."""
        return cls(field=field, value=value[:80], reason=f"expected {shape}", reason_zh=f"格式应为 {shape}")


class CharsetUnknown(DomainError):
    """The bytes are no text in any character set that the bank uses."""

    code = "message_charset_unknown"
    status = 422
    en = "Line {line} is no text in any character set of this bank. Export the file again."
    zh = "第 {line} 行无法按该银行使用的任何字符集读取,请重新导出文件。"

    def __init__(self, *, line: int) -> None:
        super().__init__(line=line)


class AccountDiffers(DomainError):
    """A list of transactions is of another account than the one it was brought for."""

    code = "message_account_differs"
    status = 422
    en = "The list is of an account ending in {found}, not in {expected}. Choose the account it belongs to."
    zh = "该流水属于尾号 {found} 的账户,而非尾号 {expected},请选择对应的账户。"

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(expected=expected, found=found)


class AccountNotNamed(DomainError):
    """A file that is neither XML nor MT940 can only be a bank's list, which does not say whose it is."""

    code = "message_account_not_named"
    status = 422
    en = "The file is neither camt nor MT940. If it is a bank's CSV list, say of which account it is."
    zh = "该文件不是 camt 或 MT940 格式。若为银行导出的 CSV 流水,请指明所属账户。"


class CurrenciesMixed(DomainError):
    """An entry of a statement is in another currency than its account."""

    code = "message_currencies_mixed"
    status = 422
    en = "An account in {account} has an entry in {entry}. Ask the bank for entries in the account's currency."
    zh = "{account} 账户的对账单含有 {entry} 记录,请向银行索取以账户币种记账的对账单。"

    def __init__(self, *, account: str, entry: str) -> None:
        super().__init__(account=account, entry=entry)
