"""A numbered rule in a sentence, and where it comes from: what explanations and refusals quote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its number; `citation` is the law, the practice or the contract field it follows."""

    number: str
    en: str
    zh: str
    citation: str
