"""Refusals: each is a class that carries the facts behind it, in English and Chinese."""

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class DomainError(Exception):
    """A caller's request that the business refuses, with the figures that made it refuse.

    `code` is stable and becomes the problem type of the API; `status` is the HTTP status it answers with; `en` and
    `zh` are `str.format` templates over `facts`, each saying what was wrong and what to do. A programmer's mistake is
    an assertion, never a DomainError.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "The request was refused."
    zh: ClassVar[str] = "请求被拒绝。"
    # The numbered rules it stems from, where there are such.
    rules: tuple[str, ...] = ()

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def message(self, language: Language) -> str:
        """The sentence a person reads, with the facts filled in."""
        template = self.zh if language == "zh" else self.en
        return template.format(**self.facts)


class NotFound(DomainError):
    """The named object does not exist for this tenant."""

    code = "not_found"
    status = 404
    en = "No {kind} “{reference}” was found. Check the reference."
    zh = "未找到{kind}“{reference}”,请核对编号。"

    def __init__(self, *, kind: str, reference: object) -> None:
        super().__init__(kind=kind, reference=str(reference))


class InvalidValue(DomainError):
    """A field holds something it cannot hold."""

    code = "invalid_value"
    status = 422
    en = "{field}: {value!r} is not valid: {reason}."
    zh = "{field}:{value!r} 无效:{reason_zh}。"

    def __init__(self, *, field: str, value: object, reason: str, reason_zh: str) -> None:
        super().__init__(field=field, value=value, reason=reason, reason_zh=reason_zh)


class AccessRefused(DomainError):
    """The actor may not do this."""

    code = "access_refused"
    status = 403
    en = "This needs the permission “{permission}”. Ask an administrator for a role that carries it."
    zh = "此操作需要“{permission}”权限,请联系管理员授予相应角色。"

    def __init__(self, *, permission: str) -> None:
        super().__init__(permission=permission)
