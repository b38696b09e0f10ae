"""Entrusted collection: clients, plans, dues, payouts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from app.fields import (
    MAX_ITEMS,
    AccountId,
    ClientId,
    Digest,
    DueId,
    MandateId,
    Moment,
    PartyId,
    PayoutId,
    PlanId,
    Reason,
    body_date,
    line,
    public,
    shown_id,
)
from app.money_dto import MoneyDto, shown
from domain.collection.clients import DUNNING_DAYS, NOTICE_DAYS, NewClient, digest_of
from domain.collection.clients import PREFIX as CLIENT
from domain.collection.dues import PREFIX as DUE
from domain.collection.notices import Proof
from domain.collection.plans import PREFIX as PLAN
from domain.collection.plans import Instalment, NewPlan, RefusedPlan
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.rules import FeePlan
from domain.collection.states import (
    ClientState,
    DueState,
    Frequency,
    MandatePurpose,
    PayoutState,
    PlanKind,
    PlanState,
)
from domain.collection.tables import Client, ClientClaim, ClientPayout, Due, Plan
from domain.parties.accounts import PREFIX as ACCOUNT
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id, public_id
from domain.values.business_days import Roll
from domain.values.money import Money

PlanReference = Annotated[str, line(35, "How the client calls it; unique among its plans.", "POLICY-2026-0042")]
FeeBp = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]{1,4}(\.[0-9]{1,3})?$", max_length=8, description="Basis points.", examples=["30"]),
]


class ProposeClient(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A firm that entrusts the collection of its dues, and on what terms."""

    party_id: PartyId
    own_account_id: AccountId
    purpose: MandatePurpose
    fee_per_item: MoneyDto
    fee_bp: FeeBp = "0"
    fee_most: MoneyDto | None = None
    risk_limit: MoneyDto
    notice_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = NOTICE_DAYS
    roll: Roll = Roll.FOLLOWING
    dunning_days: Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=365)]], msgspec.Meta(max_length=10)] = (
        msgspec.field(default_factory=lambda: list(DUNNING_DAYS))
    )

    def value(self) -> NewClient:
        """The client as the service takes it. Raises NotFound."""
        return NewClient(
            party_id=parse_public_id(PARTY, self.party_id),
            own_account_id=parse_public_id(ACCOUNT, self.own_account_id),
            purpose=self.purpose,
            fees=FeePlan(
                self.fee_per_item.money(),
                Decimal(self.fee_bp),
                None if self.fee_most is None else self.fee_most.money(),
            ),
            risk_limit=self.risk_limit.money(),
            notice_days=self.notice_days,
            roll=self.roll,
            dunning_days=tuple(self.dunning_days),
        )


class ClientView(msgspec.Struct, kw_only=True):
    """A client; `digest` is what a second person approves."""

    id: ClientId
    party_id: PartyId
    operator_id: PartyId
    own_account_id: AccountId
    currency: str
    purpose: MandatePurpose
    fee_per_item: MoneyDto
    fee_bp: str
    fee_most: MoneyDto | None
    risk_limit: MoneyDto
    notice_days: int
    roll: Roll
    dunning_days: list[int]
    state: ClientState
    digest: Digest
    created_at: Moment


def client_view(row: Client) -> ClientView:
    """The client as the API shows it."""
    fees = row.fees
    return ClientView(
        id=row.public_id,
        party_id=public_id(PARTY, row.party_id),
        operator_id=public_id(PARTY, row.operator_id),
        own_account_id=public_id(ACCOUNT, row.own_account_id),
        currency=row.currency,
        purpose=row.purpose,
        fee_per_item=shown(fees.per_item),
        fee_bp=f"{fees.fee_bp.normalize():f}",
        fee_most=None if fees.most is None else shown(fees.most),
        risk_limit=MoneyDto.of_minor(row.risk_limit_minor, row.currency),
        notice_days=row.notice_days,
        roll=row.roll,
        dunning_days=list(row.dunning_days),
        state=row.state,
        digest=digest_of(row),
        created_at=row.created_at,
    )


class InstalmentIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One part of a total, and its day."""

    due_on: date
    amount: MoneyDto


class RegisterPlan(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a payer owes, and when."""

    reference: PlanReference
    payer_id: PartyId
    mandate_id: MandateId
    kind: PlanKind
    amount: MoneyDto
    first_on: date
    frequency: Frequency | None = None
    day: Annotated[int, msgspec.Meta(ge=1, le=31, description="1-28, or 31 for a month's last day.")] | None = None
    ends_on: date | None = None
    instalments: Annotated[list[InstalmentIn], msgspec.Meta(max_length=360)] = msgspec.field(default_factory=list)

    def value(self, place: int) -> NewPlan:
        """The plan as the service takes it. Raises NotFound, ValidationFailed."""
        at = f"items/{place}"
        return NewPlan(
            reference=self.reference,
            payer_id=parse_public_id(PARTY, self.payer_id),
            mandate_id=parse_public_id(MANDATE, self.mandate_id),
            kind=self.kind,
            amount=self.amount.money(),
            first_on=body_date(f"{at}/first_on", self.first_on),
            frequency=self.frequency,
            day=self.day,
            ends_on=body_date(f"{at}/ends_on", self.ends_on),
            instalments=[
                Instalment(body_date(f"{at}/instalments/{part}/due_on", each.due_on), each.amount.money())
                for part, each in enumerate(self.instalments)
            ],
        )


class RegisterPlans(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Plans of a client, each by itself."""

    items: Annotated[list[RegisterPlan], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class RefusedPlanView(msgspec.Struct, kw_only=True):
    """A plan that was not registered: its place in the request, from 0, and why."""

    place: int
    reference: str
    code: str
    message_en: str
    message_zh: str


class RegisteredPlansView(msgspec.Struct, kw_only=True):
    """What became of each plan."""

    registered: list[PlanId]
    refused: list[RefusedPlanView]


def registered_view(asked: list[NewPlan], registered: list[str], refused: list[RefusedPlan]) -> RegisteredPlansView:
    """What became of each."""
    return RegisteredPlansView(
        registered=registered, refused=refused_plan_views([plan.reference for plan in asked], refused)
    )


def refused_plan_views(references: list[str], refused: list[RefusedPlan]) -> list[RefusedPlanView]:
    """Those of the list that are not in order, with their reasons."""
    return [
        RefusedPlanView(
            place=each.place,
            reference=references[each.place],
            code=each.refusal.code,
            message_en=each.refusal.message("en"),
            message_zh=each.refusal.message("zh"),
        )
        for each in refused
    ]


class PlanView(msgspec.Struct, kw_only=True):
    """A plan; its dues are listed under /v1/collection/dues, filtered by `plan`."""

    id: PlanId
    client_id: ClientId
    payer_id: PartyId
    mandate_id: MandateId
    reference: str
    kind: PlanKind
    amount: MoneyDto
    frequency: Frequency | None
    day: int
    first_on: date
    ends_on: date | None
    laid_out_until: date | None
    state: PlanState
    created_at: Moment


def plan_view(row: Plan) -> PlanView:
    """The plan as the API shows it."""
    return PlanView(
        id=row.public_id,
        client_id=public_id(CLIENT, row.client_id),
        payer_id=public_id(PARTY, row.payer_id),
        mandate_id=public_id(MANDATE, row.mandate_id),
        reference=row.reference,
        kind=row.kind,
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        frequency=row.frequency,
        day=row.day,
        first_on=row.first_on,
        ends_on=row.ends_on,
        laid_out_until=row.laid_out_until,
        state=row.state,
        created_at=row.created_at,
    )


class DueView(msgspec.Struct, kw_only=True):
    """One amount a payer owes; what its debits went through is listed under /v1/instructions."""

    id: DueId
    plan_id: PlanId
    client_id: ClientId
    payer_id: PartyId
    mandate_id: MandateId
    amount: MoneyDto
    due_on: date
    rolled_due_on: date
    earliest_on: date | None
    round: int
    state: DueState
    collected_on: date | None
    fee: MoneyDto
    failed_on: date | None
    failure_reason: str
    dunning_level: int
    payout_id: PayoutId | None


def due_view(row: Due) -> DueView:
    """The due as the API shows it."""
    return DueView(
        id=row.public_id,
        plan_id=public_id(PLAN, row.plan_id),
        client_id=public_id(CLIENT, row.client_id),
        payer_id=public_id(PARTY, row.payer_id),
        mandate_id=public_id(MANDATE, row.mandate_id),
        amount=shown(row.amount),
        due_on=row.due_on,
        rolled_due_on=row.rolled_due_on,
        earliest_on=row.earliest_on,
        round=row.round,
        state=row.state,
        collected_on=row.collected_on,
        fee=shown(Money.from_minor(row.fee_minor, row.currency)),
        failed_on=row.failed_on,
        failure_reason=row.failure_reason,
        dunning_level=row.dunning_level,
        payout_id=shown_id("cpo", row.payout_id),
    )


class PayoutView(msgspec.Struct, kw_only=True):
    """What a client was, or is to be, paid: gross, less fees, less what it owed back."""

    id: PayoutId
    client_id: ClientId
    planned_on: date
    items: int
    gross: MoneyDto
    fee: MoneyDto
    recovered: MoneyDto
    net: MoneyDto
    state: PayoutState
    paid_on: date | None
    failure_reason: str


def payout_view(row: ClientPayout) -> PayoutView:
    """The payout as the API shows it."""
    return PayoutView(
        id=row.public_id,
        client_id=public_id(CLIENT, row.client_id),
        planned_on=row.planned_on,
        items=row.item_count,
        gross=MoneyDto.of_minor(row.gross_minor, row.currency),
        fee=MoneyDto.of_minor(row.fee_minor, row.currency),
        recovered=MoneyDto.of_minor(row.recovered_minor, row.currency),
        net=MoneyDto.of_minor(row.net_minor, row.currency),
        state=row.state,
        paid_on=row.paid_on,
        failure_reason=row.failure_reason,
    )


class ClientClaimView(msgspec.Struct, kw_only=True):
    """What a client owes back: of a due that `paid_by` had paid out before it came back, or a part that was refunded.

    Below zero it is owed to the client. The payout that took it into account is `recovered_by`.
    """

    id: Annotated[str, public("ccl", "A claim on a client.")]
    client_id: ClientId
    due_id: DueId
    amount: MoneyDto
    arose_on: date
    paid_by: PayoutId | None
    recovered_by: PayoutId | None
    created_at: Moment


def client_claim_view(row: ClientClaim) -> ClientClaimView:
    """The claim as the API shows it."""
    return ClientClaimView(
        id=row.public_id,
        client_id=public_id(CLIENT, row.client_id),
        due_id=public_id(DUE, row.due_id),
        amount=MoneyDto.of_minor(row.amount_minor, row.currency),
        arose_on=row.arose_on,
        paid_by=shown_id("cpo", row.paid_by),
        recovered_by=shown_id("cpo", row.recovered_by),
        created_at=row.created_at,
    )


DueIds = Annotated[list[DueId], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class CancelDues(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Dues that are not to be collected any more, and why."""

    dues: DueIds
    reason: Reason


class PresentDues(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Failed dues to be debited once more, on a day that their payers are told of."""

    dues: DueIds
    debit_on: date
    reason: Reason


class MovedView(msgspec.Struct, kw_only=True):
    """How many moved."""

    count: int


class ProofIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """That a notice reached its payer."""

    due_id: DueId
    notice: Annotated[
        str,
        msgspec.Meta(pattern=r"^(prenotice|dunning):[1-9][0-9]{0,3}$", max_length=32, examples=["prenotice:1"]),
    ]
    means: Annotated[str, line(32, "How it was sent.", "sms")]
    carrier_reference: Annotated[str, line(140, "What the carrier knows it by.", "MSG-8842")]
    digest: Digest
    delivered_at: Moment

    def value(self, place: int) -> Proof:
        """The proof as the service takes it. Raises NotFound, ValidationFailed."""
        at: datetime = body_date(f"items/{place}/delivered_at", self.delivered_at)
        identity, digest = parse_public_id(DUE, self.due_id), bytes.fromhex(self.digest)
        return Proof(identity, self.notice, self.means, self.carrier_reference, digest, at)


class ProveNotices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Proofs of delivery."""

    items: Annotated[list[ProofIn], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
