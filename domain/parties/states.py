"""What a party can be, and how far a bank account is trusted."""

from enum import StrEnum


class PartyKind(StrEnum):
    """The part a firm or person plays in the group's money."""

    HQ = "hq"
    BRANCH = "branch"
    SUPPLIER = "supplier"
    AGENT = "agent"
    DEBTOR = "debtor"
    LENDER = "lender"
    PAYEE = "payee"
    CLIENT = "client"  # has entrusted us with the collection of what it is owed
    PAYER = "payer"  # a firm or person that owes a client


class RelationKind(StrEnum):
    """How one firm stands to another, beyond being its branch."""

    AFFILIATE = "affiliate"  # under common control: what one owes the other is no arm's-length claim (R20, R22)
    GUARANTOR = "guarantor"  # answers for what the other owes (R27)


class AccountState(StrEnum):
    """A bank account is registered by one, verified by another, and closed for good."""

    REGISTERED = "registered"
    VERIFIED = "verified"
    CLOSED = "closed"


class Evidence(StrEnum):
    """What an account was verified by."""

    SECOND_PERSON = "second_person"
    NAME_CHECK = "name_check"
    MICRO_DEPOSIT = "micro_deposit"


TRANSITIONS: dict[AccountState, frozenset[AccountState]] = {
    AccountState.REGISTERED: frozenset({AccountState.VERIFIED, AccountState.CLOSED}),
    AccountState.VERIFIED: frozenset({AccountState.CLOSED}),
    AccountState.CLOSED: frozenset(),
}
