"""Refusals of signing in and of access. None tells whether a tenant, a person or a key exists."""

from datetime import datetime

from domain.values.errors import AccessRefused, DomainError


class BadCredentials(DomainError):
    """Something about tenant, name, password, code or key is wrong; which of them is not said."""

    code = "bad_credentials"
    status = 401
    en = "Signing in was refused. Check tenant, e-mail, password and code; five failures pause it for 15 minutes."
    zh = "登录被拒绝。请核对租户、邮箱、密码和验证码;连续五次失败将暂停登录 15 分钟。"


class SecondFactorRequired(DomainError):
    """The password was right; this person has enrolled a second factor and gave no code."""

    code = "second_factor_required"
    status = 401
    en = "Enter the six-digit code of your authenticator app as well."
    zh = "请同时输入身份验证器应用中的六位验证码。"


class SecondFactorMissing(AccessRefused):
    """The permission moves money and the session was opened without a second factor."""

    code = "second_factor_missing"
    status = 403
    en = "“{permission}” moves money and needs a second factor. Enrol an authenticator app and sign in with its code."
    zh = "“{permission}”涉及资金,需要双因素认证。请绑定身份验证器并使用验证码重新登录。"


class SamePerson(DomainError):
    """Maker and checker are one and the same."""

    code = "same_person"
    status = 403
    en = "“{actor}” made this and cannot approve it as well. Ask a second person."
    zh = "“{actor}”是经办人,不能同时复核,请由另一人复核。"

    def __init__(self, *, actor: str) -> None:
        super().__init__(actor=actor)


class OwnRoles(DomainError):
    """Nobody grants roles to themselves."""

    code = "own_roles"
    status = 403
    en = "Nobody changes their own roles. Ask another administrator."
    zh = "不能修改自己的角色,请由其他管理员操作。"


class RoleNeedsParty(DomainError):
    """The role acts for one firm and none was named, or the reverse."""

    code = "role_needs_party"
    status = 422
    en = "“{role}” does not fit: maker and checker roles act for one party, all other roles act for none."
    zh = "“{role}”角色不适用:经办和复核角色须对应一个参与方,其他角色不得对应参与方。"

    def __init__(self, *, role: str) -> None:
        super().__init__(role=role)


class TenantExists(DomainError):
    """A tenant of this short name is there already."""

    code = "tenant_exists"
    status = 409
    en = "There is a tenant “{slug}” already. Choose another short name."
    zh = "租户“{slug}”已存在,请使用其他简称。"

    def __init__(self, *, slug: str) -> None:
        super().__init__(slug=slug)


class EmailTaken(DomainError):
    """Another person of the tenant signs in with this address."""

    code = "email_taken"
    status = 409
    en = "“{email}” belongs to another person here. Use a different address."
    zh = "邮箱“{email}”已被他人使用,请更换。"

    def __init__(self, *, email: str) -> None:
        super().__init__(email=email)


class PasswordUnfit(DomainError):
    """The password is too short, or absurdly long."""

    code = "password_unfit"
    status = 422
    en = "A password has {minimum} to {maximum} characters. Take a sentence you remember."
    zh = "密码长度应为 {minimum} 至 {maximum} 个字符,建议使用便于记忆的句子。"

    def __init__(self, *, minimum: int, maximum: int) -> None:
        super().__init__(minimum=minimum, maximum=maximum)


class NotASandbox(DomainError):
    """Only a sandbox tenant has a clock that can be moved."""

    code = "not_a_sandbox"
    status = 409
    en = "The tenant “{slug}” lives in real time. Only the clock of a sandbox tenant can be moved."
    zh = "租户“{slug}”使用真实时间,只有沙盒租户的时钟可以调整。"

    def __init__(self, *, slug: str) -> None:
        super().__init__(slug=slug)


class ClockMovesForward(DomainError):
    """The sandbox clock was asked to go back."""

    code = "clock_moves_forward"
    status = 409
    en = "The clock stands at {current} and cannot go back to {requested}. Choose a later moment."
    zh = "时钟当前为 {current},不能退回到 {requested},请选择更晚的时间。"

    def __init__(self, *, current: datetime, requested: datetime) -> None:
        super().__init__(current=current.isoformat(), requested=requested.isoformat())


class TooManyLiveKeys(DomainError):
    """Two keys of this name are live: the old one and its successor."""

    code = "too_many_live_keys"
    status = 409
    en = "“{name}” has {limit} live keys. Revoke the one no longer used before issuing another."
    zh = "“{name}”已有 {limit} 个有效密钥,请先吊销不再使用的密钥。"

    def __init__(self, *, name: str, limit: int) -> None:
        super().__init__(name=name, limit=limit)


class KeyScopeInvalid(DomainError):
    """The key would carry nothing, or something a key may not carry."""

    code = "key_scope_invalid"
    status = 422
    en = "A key needs at least one permission and cannot carry “{refused}”."
    zh = "密钥至少需要一项权限,且不能包含“{refused}”。"

    def __init__(self, *, refused: str) -> None:
        super().__init__(refused=refused)


class KeyLifetimeInvalid(DomainError):
    """The key would be expired at once, or live too long."""

    code = "key_lifetime_invalid"
    status = 422
    en = "A key expires within {days} days from now; {expires_at} does not."
    zh = "密钥有效期最长 {days} 天,{expires_at} 不符合要求。"

    def __init__(self, *, days: int, expires_at: datetime) -> None:
        super().__init__(days=days, expires_at=expires_at.isoformat())


class FactorEnrolled(DomainError):
    """A second factor is in use; replacing it takes somebody else."""

    code = "factor_enrolled"
    status = 409
    en = "A second factor is enrolled already. An administrator has to reset it before another can be enrolled."
    zh = "已绑定身份验证器,须由管理员重置后方可重新绑定。"
