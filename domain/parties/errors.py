"""Refusals about parties and accounts. None repeats an account number."""

from datetime import date
from uuid import UUID

from domain.values.errors import DomainError


class PartyExists(DomainError):
    """Another party of the same kind has the code or the tax id."""

    code = "party_exists"
    status = 409
    en = "Already registered, by code or tax id: {codes}. Leave them out or give them other codes."
    zh = "以下编号或税号已登记:{codes}。请移除或更换编号。"

    def __init__(self, *, codes: list[str]) -> None:
        super().__init__(codes=", ".join(codes))


class InvalidTaxId(DomainError):
    """A unified social credit code whose characters or check character are wrong."""

    code = "invalid_tax_id"
    status = 422
    en = "“{tax_id}” is not a unified social credit code: {problem_en}. Compare it with the business licence."
    zh = "“{tax_id}”不是有效的统一社会信用代码:{problem_zh}。请与营业执照核对。"

    def __init__(self, *, tax_id: str, problem_en: str, problem_zh: str) -> None:
        super().__init__(tax_id=tax_id, problem_en=problem_en, problem_zh=problem_zh)


class InvalidAccountNumber(DomainError):
    """An account number with a wrong shape or check digit; only its mask is told."""

    code = "invalid_account_number"
    status = 422
    en = "The account number {masked} is not valid: {problem_en}. Compare it with the bank's document."
    zh = "账号 {masked} 无效:{problem_zh}。请与银行资料核对。"

    def __init__(self, *, masked: str, problem_en: str, problem_zh: str) -> None:
        super().__init__(masked=masked, problem_en=problem_en, problem_zh=problem_zh)


class AccountExists(DomainError):
    """The account is registered already and not closed."""

    code = "account_exists"
    status = 409
    en = "Already registered at that bank in that currency: {masked}. Use the existing account, or close it first."
    zh = "该银行和币种下已登记账号:{masked}。请使用现有账户,或先将其关闭。"

    def __init__(self, *, masked: list[str]) -> None:
        super().__init__(masked=", ".join(masked))


class NoAccount(DomainError):
    """The party has no account in that currency."""

    code = "no_account"
    status = 409
    en = "The party {party_id} has no {currency} account. Register one."
    zh = "参与方 {party_id} 没有 {currency} 账户,请先登记。"

    def __init__(self, *, party_id: UUID, currency: str) -> None:
        super().__init__(party_id=str(party_id), currency=currency)


class AccountNotVerified(DomainError):
    """The party's account has not been verified by a second person or by its bank."""

    code = "account_not_verified"
    status = 409
    en = "The account {masked} has not been verified. A second person or the bank has to confirm it first."
    zh = "账户 {masked} 尚未核验,须由另一人或银行确认后方可付款。"

    def __init__(self, *, masked: str) -> None:
        super().__init__(masked=masked)


class AccountCoolingOff(DomainError):
    """The account is new or changed and cannot be paid yet."""

    code = "account_cooling_off"
    status = 409
    en = "The account {masked} is new and can be paid from {usable_from} on. Plan the payment for that day."
    zh = "账户 {masked} 为新增或变更账户,自 {usable_from} 起方可付款,请届时安排。"

    def __init__(self, *, masked: str, usable_from: date) -> None:
        super().__init__(masked=masked, usable_from=usable_from.isoformat())


class AccountAmbiguous(DomainError):
    """Accounts of that number exist at several banks or in several currencies."""

    code = "account_ambiguous"
    status = 409
    en = "The account {masked} exists at several banks or in several currencies. Name the bank and the currency."
    zh = "账户 {masked} 存在于多家银行或多个币种,请指明银行和币种。"

    def __init__(self, *, masked: str) -> None:
        super().__init__(masked=masked)
