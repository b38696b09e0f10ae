"""Settings: read once from the environment, checked, and never shown with their secrets."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from domain.values.errors import DomainError, Language

DEFAULT_FOLDER = "./.data"
DEFAULT_HOST = "127.0.0.1"  # nobody's database is served to the network by an oversight
DEFAULT_PORT = 8080
_MAX_PORT = 65_535
_OF_A_BANK = re.compile(r"TRIBUTARY_BANK_([0-9A-Z]{8,14})_(?:URL|KEY|FOLDER)", re.ASCII)
_SCHEMES = ("postgresql+psycopg", "postgresql", "postgres")


class SettingInvalid(DomainError):
    """A setting in the environment cannot be used; a value that may hold a password is not repeated."""

    code = "setting_invalid"
    status = 503
    en = "The setting {name} is not valid: {problem_en}."
    zh = "环境变量 {name} 无效:{problem_zh}。"

    def __init__(self, *, name: str, problem_en: str, problem_zh: str) -> None:
        super().__init__(name=name, problem_en=problem_en, problem_zh=problem_zh)


class KeysRequired(DomainError):
    """With a database of one's own the key ring has to be given: a file on one machine would be lost to the others."""

    code = "keys_required"
    status = 503
    en = "With DATABASE_URL set, TRIBUTARY_KEYS must hold the key ring. Make one with `tributary keys new` and keep it."
    zh = "设置 DATABASE_URL 时必须同时设置 TRIBUTARY_KEYS 密钥环。请用 `tributary keys new` 生成并妥善保管。"


@dataclass(frozen=True, slots=True)
class BankWay:
    """Where one bank is met: its gateway, with the key that signs what goes there, or its folder."""

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs. Without `database_url` the embedded database in `data_folder` is used.

    `bank_url` and `bank_folder` are for all banks, `banks` for single ones by their BIC or clearing code.
    """

    database_url: str | None = field(default=None, repr=False)
    data_folder: Path = Path(DEFAULT_FOLDER)
    keys: str | None = field(default=None, repr=False)
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    bank_url: str | None = None
    bank_folder: Path | None = None
    bank_key: str | None = field(default=None, repr=False)
    bank_callback_keys: tuple[str, ...] = field(default=(), repr=False)
    banks: Mapping[str, BankWay] = field(default_factory=dict)
    language: Language = "en"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings an environment holds; an empty value counts as not set. Raises SettingInvalid."""
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        url = given.get("DATABASE_URL")
        return cls(
            database_url=database_url(url) if url else None,
            data_folder=Path(given.get("TRIBUTARY_DATA", DEFAULT_FOLDER)).expanduser().absolute(),
            keys=given.get("TRIBUTARY_KEYS"),
            host=given.get("TRIBUTARY_HOST", DEFAULT_HOST),
            port=_port(given.get("TRIBUTARY_PORT", str(DEFAULT_PORT))),
            bank_url=_bank_url("TRIBUTARY_BANK_URL", given),
            bank_folder=_folder("TRIBUTARY_BANK_FOLDER", given),
            bank_key=given.get("TRIBUTARY_BANK_KEY"),
            bank_callback_keys=tuple(given.get("TRIBUTARY_BANK_CALLBACK_KEYS", "").split()),
            banks=_banks(given),
            language=_language(given),
        )

    @property
    def embedded(self) -> bool:
        """Whether the database comes with the program."""
        return self.database_url is None


def database_url(url: str) -> str:
    """`url` as SQLAlchemy and psycopg take it, whichever of PostgreSQL's schemes it was written with."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SCHEMES or not rest:
        raise SettingInvalid(
            name="DATABASE_URL",
            problem_en="it has to begin with postgresql:// and name a server",
            problem_zh="应以 postgresql:// 开头并指明服务器",
        )
    return f"postgresql+psycopg://{rest}"


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_PORT:
        raise SettingInvalid(
            name="TRIBUTARY_PORT", problem_en=f"“{text}” is not 1 to 65535", problem_zh=f"“{text}”不在 1 至 65535 之间"
        )
    return int(text)


def _banks(given: Mapping[str, str]) -> dict[str, BankWay]:
    """TRIBUTARY_BANK_<BIC or clearing code>_URL, _KEY and _FOLDER."""
    named = {match[1] for name in given if (match := _OF_A_BANK.fullmatch(name))}
    return {
        bank_id: BankWay(
            url=_bank_url(f"TRIBUTARY_BANK_{bank_id}_URL", given),
            key=given.get(f"TRIBUTARY_BANK_{bank_id}_KEY"),
            folder=_folder(f"TRIBUTARY_BANK_{bank_id}_FOLDER", given),
        )
        for bank_id in sorted(named)
    }


def _folder(name: str, given: Mapping[str, str]) -> Path | None:
    return Path(given[name]).expanduser().absolute() if name in given else None


def _bank_url(name: str, given: Mapping[str, str]) -> str | None:
    text = given.get(name)
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingInvalid(
            name=name,
            problem_en="it is not an address such as https://bank.example",
            problem_zh="不是有效地址,例如 https://bank.example",
        )
    return text.rstrip("/")


def _language(given: Mapping[str, str]) -> Language:
    """TRIBUTARY_LANGUAGE decides; without it, a Chinese locale means Chinese."""
    chosen = given.get("TRIBUTARY_LANGUAGE")
    if chosen is None:
        return "zh" if given.get("LANG", "").startswith("zh") else "en"
    if chosen not in {"en", "zh"}:
        raise SettingInvalid(
            name="TRIBUTARY_LANGUAGE", problem_en=f"“{chosen}” is not en or zh", problem_zh=f"“{chosen}”应为 en 或 zh"
        )
    return "zh" if chosen == "zh" else "en"
