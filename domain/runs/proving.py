"""A certificate computed again from files alone: by an auditor, without our database or our word.

The certificate is a JSON document with `facts` and `digest`, the SHA-256 of their canonical form (keys sorted, no
spaces, UTF-8). Its items are a CSV table with a line for each, in the order of their numbers; the digests that the
facts name are over lines made of its fields, so that one changed character shows.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.platform.ids import public_id
from domain.runs.errors import CertificateUnreadable
from domain.values.errors import DomainError
from domain.values.money import Money

ACCOUNT_PREFIX = "acc"
VERSION = 1  # of the facts' shape
# What decides who pays whom how much and when: the lines of the digest that was frozen and approved.
ORDERED = (
    *("id", "direction", "purpose", "obligation_key", "attempt", "amount_minor", "currency"),
    *("own_account_id", "counter_account_id", "mandate_id", "due_on"),
)
_ORDERED_NOTHING = "None"
TOLD = ("id", "outcome", "amount_minor", "currency", "value_date", "reason")
COLUMNS = (*ORDERED, "outcome", "value_date", "reason")


def canonical(facts: Mapping[str, Any]) -> str:
    """The one form in which facts are hashed."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read_certificate(content: str) -> tuple[dict[str, Any], str]:
    """Facts and digest of a certificate's file. Raises CertificateUnreadable."""
    try:
        document = json.loads(content)
        facts, digest = document["facts"], document["digest"]
    except (ValueError, TypeError, KeyError):
        raise CertificateUnreadable(problem_en="it has no facts and digest", problem_zh="缺少内容或摘要") from None
    if not isinstance(facts, dict) or not isinstance(digest, str) or facts.get("version") != VERSION:
        raise CertificateUnreadable(problem_en=f"only version {VERSION} is known", problem_zh=f"仅支持版本 {VERSION}")
    return facts, digest


def check_facts(facts: Mapping[str, Any], digest: str) -> list[str]:
    """What of a certificate contradicts its digest or itself; nothing when it holds."""
    found = []
    computed = sha256(canonical(facts).encode()).hexdigest()
    if computed != digest:
        found.append(f"digest: the facts come to {computed}, the certificate says {digest}")
    told = sum(each["items"] for each in facts["outcomes"])
    if told != facts["executed"]["items"]:
        found.append(f"outcomes: {told} items, executed were {facts['executed']['items']}")
    sent = sum(each["items"] for each in facts["messages"])
    if sent != facts["executed"]["items"]:
        found.append(f"messages: {sent} items, executed were {facts['executed']['items']}")
    return found


def check_items(facts: Mapping[str, Any], lines: Iterable[str]) -> list[str]:
    """What of a certificate the table of its items contradicts. Raises CertificateUnreadable."""
    tally = Tally([account["account"] for account in facts["accounts"]])
    for item in _read(lines):
        tally.add(item)
    return list(tally.differences(facts))


def _read(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    rows = csv.DictReader(lines)
    if rows.fieldnames is None or tuple(rows.fieldnames) != COLUMNS:
        raise CertificateUnreadable(
            problem_en=f"the items do not have the columns {', '.join(COLUMNS)}", problem_zh="明细表的列不符"
        )
    previous = 0
    for row in rows:
        number = row["id"] or ""
        if None in row.values() or None in row or not number.isdecimal() or int(number) <= previous:
            raise CertificateUnreadable(
                problem_en=f"line {rows.line_num} is broken, or not behind item {previous}",
                problem_zh=f"第 {rows.line_num} 行损坏或顺序错误",
            )
        previous = int(number)
        yield row


@dataclass(slots=True)
class Tally:
    """What items come to, one after another: a table of a million needs no more memory than one of ten."""

    own: list[str]
    items: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    outcomes: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    ordered: Any = field(default_factory=sha256)
    told: Any = field(default_factory=sha256)

    def add(self, item: Mapping[str, str]) -> None:
        """One more item. Raises CertificateUnreadable."""
        try:
            minor = int(item["amount_minor"])
            Money.from_minor(minor, item["currency"])
            ours, theirs = (
                public_id(ACCOUNT_PREFIX, UUID(item[side])) for side in ("own_account_id", "counter_account_id")
            )
        except (ValueError, DomainError):
            raise CertificateUnreadable(
                problem_en=f"item {item['id']} has no amount or account", problem_zh=f"明细 {item['id']} 缺少金额或账户"
            ) from None
        currency = item["currency"]
        self.ordered.update(("|".join(item[name] or _ORDERED_NOTHING for name in ORDERED) + "\n").encode())
        self.told.update(("|".join(item[name] for name in TOLD) + "\n").encode())
        self.items += 1
        self.sums[currency] = self.sums.get(currency, 0) + minor
        of_outcome = self.outcomes.setdefault((item["outcome"], item["reason"], currency), [0, 0])
        of_outcome[0] += 1
        of_outcome[1] += minor
        if item["outcome"] == "settled":
            signed = minor if item["direction"] == "debit" else -minor
            self._move(ours, currency, signed)
            self._move(theirs, currency, -signed)

    def _move(self, account: str, currency: str, minor: int) -> None:
        if account in self.own:
            self.moved[account, currency] = self.moved.get((account, currency), 0) + minor

    def differences(self, facts: Mapping[str, Any]) -> Iterator[str]:
        """Line by line of the certificate, where the items say something else."""
        executed = facts["executed"]
        yield from _differ("executed.items", executed["items"], self.items)
        sums = {currency: _text(minor, currency) for currency, minor in self.sums.items()}
        yield from _differ("executed.sums", executed["sums"], sums)
        yield from _differ("executed.digest", executed["digest"], self.ordered.hexdigest())
        given = {_key(each): (each["items"], each["sum"]["amount"]) for each in facts["outcomes"]}
        found = {key: (count, _text(minor, key[2])) for key, (count, minor) in self.outcomes.items()}
        for key in sorted(given.keys() | found.keys()):
            yield from _differ(f"outcomes.{'/'.join(filter(None, key))}", given.get(key), found.get(key))
        yield from _differ("outcomes_digest", facts["outcomes_digest"], self.told.hexdigest())
        for account in facts["accounts"]:
            name, currency = account["account"], account["currency"]
            moved = _text(self.moved.get((name, currency), 0), currency)
            yield from _differ(f"accounts.{name}.moved_by_this_run", account["moved_by_this_run"], moved)


def _key(outcome: Mapping[str, Any]) -> tuple[str, str, str]:
    return outcome["outcome"], outcome["reason"] or "", outcome["sum"]["currency"]


def _text(minor: int, currency: str) -> str:
    return str(Money.from_minor(minor, currency).amount)


def _differ(line: str, certified: object, computed: object) -> Iterator[str]:
    if certified != computed:
        yield f"{line}: the certificate says {certified}, the items come to {computed}"
