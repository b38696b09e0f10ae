"""All that is known of one receivable, as files of an evidence pack: what it is, who said what, what was lent on it.

A reader gets what it may see elsewhere: the debtor the claim on it and its own word; the seller its offers once they
are unsealed, and its advances; a lender its own offers, advances and claims. Account numbers are masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select

from domain.access.tenants import tenant_of
from domain.audit.sealing import AUDIT_CHAIN
from domain.audit.service import entries
from domain.financing.explaining import ExplainedAdvance, explain_advance
from domain.financing.explanation import LENDERS_OWN
from domain.financing.states import AdvanceState
from domain.financing.tables import (
    Advance,
    Offer,
    RecourseDemand,
    Repayment,
    RepaymentLine,
    Request,
    ReserveHold,
    WriteOff,
)
from domain.ledger import seals as ledger_seals
from domain.ledger.seals import blocks_of
from domain.ledger.statements import explain
from domain.parties.queries import any_of
from domain.parties.tables import BankAccount, Party
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.evidence import as_json, pack, plain
from domain.platform.seals import chain_head
from domain.platform.transitions import transitions_of
from domain.receivables.evidence import evidence_of
from domain.receivables.parts.splitting import splits_of
from domain.receivables.parts.transfers import transfers_of
from domain.receivables.parts.wholes import parts_of, wholes_above
from domain.receivables.queries import receivable
from domain.receivables.tables import (
    AssignmentNotice,
    ClaimDischarge,
    ClaimRegistration,
    Confirmation,
    ConfirmationLine,
    ConfirmationNotice,
    ConfirmationNoticeLine,
    CreditNote,
    EligibilityCheck,
    NoticeDelivery,
    Receivable,
)

MAX_AUDIT = 1_000  # entries per subject


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a pack is made: a party, or the group where it is None; and whether it may see financing and audit."""

    party_id: UUID | None = None
    financing: bool = True
    audit: bool = True


def lends_on(session: TenantSession, receivable_id: UUID, party_id: UUID | None) -> bool:
    """Whether that party has lent on the receivable, or is about to; what came to nothing shows it nothing."""
    lent = select(Advance.id).where(
        Advance.tenant_id == session.tenant_id,
        Advance.receivable_id == receivable_id,
        Advance.lender_id == party_id,
        col(Advance.state).not_in((AdvanceState.LAPSED, AdvanceState.FUNDING_FAILED)),
    )
    return session.exec(lent.limit(1)).first() is not None


def receivable_evidence(session: TenantSession, receivable_id: UUID, reader: Reader, *, clock: Clock) -> bytes:
    """The pack of a receivable for `reader`, who was found to be one of its parties before. Raises NotFound."""
    row = receivable(session, receivable_id)
    files = _claim(session, row)
    subjects = {row.id: row.public_id}
    if row.parent_id is not None or splits_of(session, row.id):
        files["parts.json"] = as_json(_parts(session, row))
    if reader.party_id in {None, row.seller_id}:
        files["eligibility.json"] = as_json(_of_receivable(session, EligibilityCheck, row))
    if reader.financing and reader.party_id not in {row.seller_id, row.debtor_id}:
        files["claims.json"] = as_json(_claims(session, row, reader))
    if reader.financing and (reader.party_id is None or reader.party_id != row.debtor_id):
        requests, offers, advances = _financing(session, row, reader, clock)
        files["requests.json"] = as_json({"requests": requests, "offers": offers})
        for advance in advances:
            files |= _advance(session, advance, reader, clock.today())
        # A seller's list of requests tells no lender apart; a lender's own offers are its own.
        for group in (requests, offers, advances):
            subjects |= {each.id: each.public_id for each in group}
    files["transitions.json"] = as_json(transitions_of(session, list(subjects)))
    if reader.party_id is None and reader.audit:
        trail = [entry for subject in subjects.values() for entry in entries(session, subject=subject, limit=MAX_AUDIT)]
        files["audit.json"] = as_json(sorted(trail, key=lambda entry: entry.id))
    files["seals.json"] = as_json(_heads(session))
    return pack(row.public_id, files, made_at=clock.now())


def _claim(session: TenantSession, row: Receivable) -> dict[str, bytes]:
    """The invoice, and its debtor's word."""
    parties = session.exec(
        select(Party).where(
            Party.tenant_id == session.tenant_id, col(Party.id) == any_of([row.seller_id, row.debtor_id])
        )
    ).all()
    named = {party.id: {"name": party.name, "code": party.code, "tax_id": party.tax_id} for party in parties}
    return {
        "receivable.json": as_json(
            {
                "id": row.public_id,
                "group": tenant_of(session).name,
                "seller": named[row.seller_id],
                "debtor": named[row.debtor_id],
                "facts": row,
            }
        ),
        "confirmations.json": as_json(_confirmations(session, row)),
        "notices.json": as_json(_notices(session, row)),
        "credit_notes.json": as_json(_of_receivable(session, CreditNote, row)),
    }


def _of_receivable(session: TenantSession, table: Any, row: Receivable) -> list[Any]:  # noqa: ANN401 - a table
    wanted = (table.tenant_id == session.tenant_id, table.receivable_id == row.id)
    return list(session.exec(select(table).where(*wanted).order_by(table.id)))


def _confirmations(session: TenantSession, row: Receivable) -> dict[str, Any]:
    found = session.exec(
        select(ConfirmationLine, Confirmation)
        .where(
            ConfirmationLine.tenant_id == session.tenant_id,
            ConfirmationLine.receivable_id == row.id,
            Confirmation.tenant_id == session.tenant_id,
            Confirmation.id == ConfirmationLine.confirmation_id,
        )
        .order_by(col(Confirmation.id))
    ).all()
    lines = [{"line": line, "confirmation": confirmation} for line, confirmation in found]
    return {"lines": lines, "evidence": evidence_of(session, row.id)}


def _parts(session: TenantSession, row: Receivable) -> dict[str, Any]:
    """How it was split and passed on; and of what it was split from, the debtor's word, which is that on its parts."""
    return {
        "splits": splits_of(session, row.id),
        "parts": [{"id": part.public_id, "face": part.face_amount} for part in parts_of(session, row.id)],
        "transfers": transfers_of(session, row.id),
        "split_from": [
            {
                "id": whole.public_id,
                "invoice_number": whole.invoice_number,
                "face": whole.face_amount,
                "splits": splits_of(session, whole.id),
                "confirmations": _confirmations(session, whole),
            }
            for whole in wholes_above(session, row)
        ],
    }


def _notices(session: TenantSession, row: Receivable) -> list[dict[str, Any]]:
    tenant = session.tenant_id
    notices = session.exec(
        select(ConfirmationNotice)
        .where(
            ConfirmationNotice.tenant_id == tenant,
            ConfirmationNoticeLine.tenant_id == tenant,
            ConfirmationNoticeLine.notice_id == ConfirmationNotice.id,
            ConfirmationNoticeLine.receivable_id == row.id,
        )
        .order_by(col(ConfirmationNotice.id))
    ).all()
    return [{"notice": each, "delivery": session.get(NoticeDelivery, (tenant, each.id))} for each in notices]


def _claims(session: TenantSession, row: Receivable, reader: Reader) -> dict[str, Any]:
    """What lenders have registered and told the debtor; a lender sees its own."""

    def shown(table: Any) -> list[Any]:  # noqa: ANN401 - a table
        return [each for each in _of_receivable(session, table, row) if reader.party_id in {None, each.lender_id}]

    registrations = [
        {"registration": each, "discharge": session.get(ClaimDischarge, (session.tenant_id, each.id))}
        for each in shown(ClaimRegistration)
    ]
    return {"registrations": registrations, "assignment_notices": shown(AssignmentNotice)}


def _financing(
    session: TenantSession, row: Receivable, reader: Reader, clock: Clock
) -> tuple[list[Request], list[Offer], list[Advance]]:
    party = reader.party_id
    requests = [each for each in _of_receivable(session, Request, row) if party in {None, row.seller_id}]
    asked = select(Request.id).where(Request.tenant_id == session.tenant_id, Request.receivable_id == row.id)
    offers = session.exec(
        select(Offer)
        .where(
            Offer.tenant_id == session.tenant_id,
            col(Offer.request_id).in_(asked),
            # A lender sees its own, everybody else what is unsealed.
            or_(col(Offer.lender_id) == party, col(Offer.request_id).in_(_unsealed(session, row, reader, clock))),
        )
        .order_by(col(Offer.id))
    ).all()
    advances = [
        each for each in _of_receivable(session, Advance, row) if party in {None, each.seller_id, each.lender_id}
    ]
    return requests, list(offers), advances


def _unsealed(session: TenantSession, row: Receivable, reader: Reader, clock: Clock) -> Any:  # noqa: ANN401 - a SELECT
    open_to_reader = reader.party_id in {None, row.seller_id}
    return select(Request.id).where(
        Request.tenant_id == session.tenant_id,
        Request.receivable_id == row.id,
        col(Request.sealed_until) <= clock.now(),
        open_to_reader,
    )


def _advance(session: TenantSession, advance: Advance, reader: Reader, today: date) -> dict[str, bytes]:
    """An advance's files, in a folder of its own."""
    found = explain_advance(session, advance.id, today)
    own = [posting for posting in found.postings if posting.source == advance.public_id]
    folder = f"advances/{advance.public_id}"
    return {
        f"{folder}/advance.json": as_json({"advance": advance, "accounts": _accounts(session, advance)}),
        f"{folder}/events.json": as_json(found.recorded),
        f"{folder}/explanation.json": as_json(_told(found, reader)),
        f"{folder}/repayments.json": as_json(_repayments(session, advance)),
        f"{folder}/servicing.json": as_json(_servicing(session, advance)),
        f"{folder}/postings.json": as_json(
            {
                "postings": [{"posting": each, "booked": explain(session, each.number)} for each in own],
                "at_night": [each for each in found.postings if each.source != advance.public_id],
                "sealed_in": blocks_of(session, [each.number for each in own]),
            }
        ),
    }


def _told(found: ExplainedAdvance, reader: Reader) -> dict[str, Any]:
    explanation = found.explanation
    if reader.party_id == found.advance.seller_id:
        kept = tuple(each for each in explanation.derivations if each.figure not in LENDERS_OWN)
        explanation = replace(explanation, derivations=kept)
    return {
        "explanation": {**plain(explanation), "adds_up": explanation.adds_up},
        "contract": found.contract,
        "reference": found.reference,
        "cost": found.cost,
        "warnings": found.warnings,
        "proof": found.proof,
    }


def _accounts(session: TenantSession, advance: Advance) -> list[dict[str, Any]]:
    ids = [each for each in (advance.own_account_id, advance.payee_account_id) if each is not None]
    rows = session.exec(
        select(BankAccount)
        .where(BankAccount.tenant_id == session.tenant_id, col(BankAccount.id) == any_of(ids))
        .order_by(col(BankAccount.id))
    )
    return [{"id": row.id, "holder": row.holder_name, "bank_id": row.bank_id, "masked": row.masked} for row in rows]


def _repayments(session: TenantSession, advance: Advance) -> list[dict[str, Any]]:
    found = session.exec(
        select(RepaymentLine, Repayment)
        .where(
            RepaymentLine.tenant_id == session.tenant_id,
            RepaymentLine.advance_id == advance.id,
            Repayment.tenant_id == session.tenant_id,
            Repayment.id == RepaymentLine.repayment_id,
        )
        .order_by(col(Repayment.id))
    ).all()
    return [{"line": line, "repayment": repayment} for line, repayment in found]


def _servicing(session: TenantSession, advance: Advance) -> dict[str, Any]:
    def of_advance(table: Any, order: Any) -> Sequence[Any]:  # noqa: ANN401 - a table and its column
        wanted = (table.tenant_id == session.tenant_id, table.advance_id == advance.id)
        return session.exec(select(table).where(*wanted).order_by(order)).all()

    return {
        "reserve_holds": of_advance(ReserveHold, ReserveHold.id),
        "recourse_demands": of_advance(RecourseDemand, RecourseDemand.demanded_on),
        "write_offs": of_advance(WriteOff, WriteOff.id),
    }


def _heads(session: TenantSession) -> dict[str, Any]:
    """What the chains stood at: `tributary ledger verify` recomputes each block up to these digests."""
    return {**ledger_seals.heads(session), AUDIT_CHAIN.name: chain_head(session, AUDIT_CHAIN)}
