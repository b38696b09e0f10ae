"""Which bank a message was made for: the one whose account it moves, or that is told of a mandate."""

from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from domain.banking.errors import ForeignReference
from domain.banking.references import parse_message_id
from domain.banking.tables import BankMessage, Instruction, MessageBlock
from domain.collection.registration import creditor_accounts
from domain.collection.tables import Mandate, MandateRegistration
from domain.parties.queries import account
from domain.parties.tables import BankAccount
from domain.platform.database import TenantSession
from domain.runs.corrections.tables import Correction


def bank_of_message(session: TenantSession, reference: str) -> str | None:
    """The id of the bank that the message of that reference is for; None for what is no message of ours."""
    try:
        _, number = parse_message_id(reference)
    except ForeignReference:
        return None
    message = select(col(BankMessage.id)).where(
        col(BankMessage.tenant_id) == session.tenant_id, col(BankMessage.number) == number
    )
    message_id = session.scalars(message).one_or_none()
    if message_id is None:
        return None
    paying = select(col(MessageBlock.own_account_id)).where(
        col(MessageBlock.tenant_id) == session.tenant_id, col(MessageBlock.message_id) == message_id
    )
    correcting = (
        select(col(Instruction.own_account_id))
        .join(
            Correction,
            (col(Correction.tenant_id) == col(Instruction.tenant_id))
            & (col(Correction.instruction_id) == col(Instruction.id)),
        )
        .where(col(Correction.tenant_id) == session.tenant_id, col(Correction.message_id) == message_id)
    )
    return _bank(session, paying) or _bank(session, correcting) or _bank_of_mandate(session, message_id)


def _bank(session: TenantSession, accounts: Select[Any]) -> str | None:
    found = select(col(BankAccount.bank_id)).where(
        col(BankAccount.tenant_id) == session.tenant_id, col(BankAccount.id) == accounts.limit(1).scalar_subquery()
    )
    return session.scalars(found).one_or_none()


def _bank_of_mandate(session: TenantSession, message_id: object) -> str | None:
    """A mandate is told through the bank of the account that collects under it."""
    told = session.execute(
        select(col(Mandate.payee_id), col(Mandate.currency))
        .join(
            MandateRegistration,
            (col(MandateRegistration.tenant_id) == col(Mandate.tenant_id))
            & (col(MandateRegistration.mandate_id) == col(Mandate.id)),
        )
        .where(
            col(MandateRegistration.tenant_id) == session.tenant_id, col(MandateRegistration.message_id) == message_id
        )
    ).one_or_none()
    creditor = None if told is None else creditor_accounts(session)(told.payee_id, told.currency)
    return None if creditor is None else account(session, creditor).bank_id
