"""Mandates told to the payer's bank: requests (pain.009), amendments (pain.010), cancellations (pain.011).

Only what the bank was asked to register is amended and cancelled there. A mandate has at most one message under way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, insert, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.messages import mandates as messages
from domain.banking.messages.mandates import MandateMessage, write_mandate_message
from domain.banking.messages.model import AccountNumber, Party
from domain.banking.outgoing import Outgoing, Slot, keep_messages, reserve_slots
from domain.banking.states import Direction, MessageKind
from domain.collection.enrolment import note_submitted, to_submit
from domain.collection.states import Cycle, MandateState, RegistrationKind
from domain.collection.tables import Mandate, MandateRegistration
from domain.parties.accounts import AccountIdentity, account_numbers
from domain.parties.states import AccountState
from domain.parties.tables import BankAccount
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.encryption import KeyRing
from domain.values.money import Money

# ISO 20022 ExternalMandateReason1Code: on the request of who initiated the mandate.
BY_CREDITOR = "MD17"
_FREQUENCIES = {Cycle.DAY: "DAIL", Cycle.WEEK: "WEEK", Cycle.MONTH: "MNTH", Cycle.YEAR: "YEAR"}
_ENDED = (MandateState.CANCELLED, MandateState.BLOCKED, MandateState.REPLACED)
_KINDS = {
    RegistrationKind.REQUEST: MessageKind.MANDATE_REQUEST,
    RegistrationKind.AMENDMENT: MessageKind.MANDATE_AMENDMENT,
    RegistrationKind.CANCELLATION: MessageKind.MANDATE_CANCELLATION,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The messages made, and how many mandates wait because no own account in their currency could collect."""

    message_ids: tuple[UUID, ...]
    without_creditor: int


@dataclass(frozen=True, slots=True)
class _Telling:
    """A mandate, what its bank is to be told of it, and the account it is to be collected to."""

    kind: RegistrationKind
    mandate: Mandate
    creditor_account_id: UUID


def prepare_registrations(session: TenantSession, *, keys: KeyRing, clock: Clock) -> Prepared:
    """Messages for every mandate whose bank is to be told something, ready to be submitted after the commit."""
    due = [
        *((RegistrationKind.REQUEST, mandate) for mandate in to_submit(session)),
        *((RegistrationKind.AMENDMENT, mandate) for mandate in _to_amend(session)),
        *((RegistrationKind.CANCELLATION, mandate) for mandate in _to_cancel(session)),
    ]
    creditors = creditor_accounts(session)
    tellings = [
        _Telling(kind, mandate, account)
        for kind, mandate in due
        if (account := creditors(mandate.payee_id, mandate.currency)) is not None
    ]
    slots = reserve_slots(session, len(tellings))
    _keep(session, tellings, slots, keys, clock)
    asked = [each.mandate.id for each in tellings if each.kind is RegistrationKind.REQUEST]
    note_submitted(session, asked, clock=clock)
    return Prepared(tuple(slot.id for slot in slots), len(due) - len(tellings))


def _to_amend(session: TenantSession) -> Sequence[Mandate]:
    """In force with terms the bank has not been told."""
    latest = _latest(session)
    return _answered(
        session,
        latest,
        col(Mandate.state) == MandateState.ACTIVE,
        latest.c.version < col(Mandate.version),
        or_(latest.c.kind == RegistrationKind.AMENDMENT, latest.c.accepted.is_(True)),
    )


def _to_cancel(session: TenantSession) -> Sequence[Mandate]:
    """Nothing is debited under them any more, and the bank still knows them."""
    return _answered(session, _latest(session), col(Mandate.state).in_(_ENDED))


def _latest(session: TenantSession) -> Subquery:
    """The last that was told of each mandate."""
    told = select(
        col(MandateRegistration.mandate_id),
        col(MandateRegistration.kind),
        col(MandateRegistration.version),
        col(MandateRegistration.accepted),
    ).where(col(MandateRegistration.tenant_id) == session.tenant_id)
    by_mandate = col(MandateRegistration.mandate_id), col(MandateRegistration.message_id).desc()
    return told.ext(distinct_on(col(MandateRegistration.mandate_id))).order_by(*by_mandate).subquery("latest")


def _answered(session: TenantSession, latest: Subquery, *conditions: ColumnElement[bool]) -> Sequence[Mandate]:
    """Mandates registered at the bank, with nothing about them under way, that fit the conditions."""
    found = (
        select_rows(Mandate)
        .join(latest, and_(latest.c.mandate_id == col(Mandate.id), latest.c.accepted.is_not(None)))
        .where(
            col(Mandate.tenant_id) == session.tenant_id,
            latest.c.kind != RegistrationKind.CANCELLATION,
            *conditions,
        )
    )
    return session.exec(found.order_by(col(Mandate.id)).with_for_update(of=Mandate)).all()


def creditor_accounts(session: TenantSession) -> Callable[[UUID | None, str], UUID | None]:
    """The own account a mandate is collected to: its payee's, else the first of the house in the currency."""
    accounts = session.execute(
        select(col(BankAccount.party_id), col(BankAccount.currency), col(BankAccount.id))
        .where(
            col(BankAccount.tenant_id) == session.tenant_id,
            col(BankAccount.own).is_(True),
            col(BankAccount.state) == AccountState.VERIFIED,
        )
        .order_by(col(BankAccount.id).desc())
    ).all()
    of_house = {currency: account for _, currency, account in accounts}
    of_payee = {(party, currency): account for party, currency, account in accounts}

    def creditor(payee_id: UUID | None, currency: str) -> UUID | None:
        own = of_house.get(currency)
        return own if payee_id is None else of_payee.get((payee_id, currency), own)

    return creditor


def _keep(
    session: TenantSession, tellings: Sequence[_Telling], slots: Sequence[Slot], keys: KeyRing, clock: Clock
) -> None:
    if not tellings:
        return
    named = {account for each in tellings for account in (each.creditor_account_id, each.mandate.account_id)}
    parties = {account: _party(found) for account, found in account_numbers(session, list(named), keys).items()}
    outgoing = [
        Outgoing(
            slot=slot,
            kind=_KINDS[each.kind],
            direction=Direction.DEBIT,
            total=Money.from_minor(0, each.mandate.currency),
            content=_content(
                _message(each, slot, parties[each.creditor_account_id], parties[each.mandate.account_id], clock)
            ),
        )
        for each, slot in zip(tellings, slots, strict=True)
    ]
    keep_messages(session, outgoing, keys=keys, clock=clock)
    rows = [
        {
            "tenant_id": session.tenant_id,
            "message_id": slot.id,
            "mandate_id": each.mandate.id,
            "kind": each.kind,
            "version": each.mandate.version,
        }
        for each, slot in zip(tellings, slots, strict=True)
    ]
    session.execute(insert(MandateRegistration), rows)


def _content(message: MandateMessage) -> bytes:
    out = BytesIO()
    write_mandate_message(message, out)
    return out.getvalue()


def _party(account: AccountIdentity) -> Party:
    return Party(account.holder_name, AccountNumber(account.number), account.bank_id)


def _message(told: _Telling, slot: Slot, creditor: Party, debtor: Party, clock: Clock) -> MandateMessage:
    reference, at, name = slot.reference, clock.now(), creditor.name
    mandate_id = told.mandate.public_id
    match told.kind:
        case RegistrationKind.REQUEST:
            return messages.MandateRequest(
                message_id=reference,
                created_at=at,
                initiating_name=name,
                terms=_terms(told.mandate, slot, creditor, debtor),
            )
        case RegistrationKind.AMENDMENT:
            return messages.MandateAmendment(
                message_id=reference,
                created_at=at,
                initiating_name=name,
                original_mandate_id=mandate_id,
                reason=BY_CREDITOR,
                terms=_terms(told.mandate, slot, creditor, debtor),
            )
        case RegistrationKind.CANCELLATION:
            return messages.MandateCancellation(
                message_id=reference, created_at=at, initiating_name=name, mandate_id=mandate_id, reason=BY_CREDITOR
            )


def _terms(mandate: Mandate, slot: Slot, creditor: Party, debtor: Party) -> messages.MandateTerms:
    once = mandate.cycle is Cycle.TERM and mandate.max_per_cycle == 1
    return messages.MandateTerms(
        mandate_id=mandate.public_id,
        request_id=slot.reference,
        creditor=creditor,
        debtor=debtor,
        is_recurring=not once,
        frequency=_FREQUENCIES.get(mandate.cycle),
        from_on=mandate.signed_on,
        to_on=mandate.ends_on,
        maximum=mandate.terms.max_amount,
        signed_on=mandate.signed_on,
        purpose=mandate.purpose.value,
    )
