"""Texts and ids as requests hold them: patterned, bounded, and free of control characters."""

from datetime import date, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from app.refusals import FieldFault, ValidationFailed
from domain.platform.ids import parse_public_id, public_id

# No control characters (PostgreSQL refuses NUL, lists and bank files break on line ends), and not only spaces.
PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\x9f]$"
D = TypeVar("D", bound=date | None)
M = TypeVar("M", bound=datetime | date | None)
MAX_NUMBER = 2**63 - 1  # of numbered rows, which are bigints
_YEARS = range(1970, 2200)
_SAMPLE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def line(maximum: int, description: str, example: str, *, minimum: int = 1) -> msgspec.Meta:
    """What a line of text is."""
    return msgspec.Meta(
        min_length=minimum,
        max_length=maximum,
        pattern=PLAIN if minimum else r"^[^\x00-\x1f\x7f-\x9f]*$",
        description=description,
        examples=[example],
    )


def id_pattern(prefix: str) -> str:
    """What a public id of that prefix looks like."""
    return rf"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"


def public(prefix: str, description: str) -> msgspec.Meta:
    """What a public id in a body or view is."""
    return msgspec.Meta(pattern=id_pattern(prefix), description=description, examples=[public_id(prefix, _SAMPLE)])


def in_path(prefix: str, description: str) -> PathParameter:
    """What a public id in a path is."""
    example = Example(value=public_id(prefix, _SAMPLE))
    return PathParameter(pattern=id_pattern(prefix), description=description, examples=[example])


def optional_id(prefix: str, reference: str | None) -> UUID | None:
    """The UUID behind an id that may be absent. Raises NotFound."""
    return None if reference is None else parse_public_id(prefix, reference)


def shown_id(prefix: str, identity: UUID | None) -> str | None:
    """The public id of what may be absent."""
    return None if identity is None else public_id(prefix, identity)


def business_date(parameter: str, on: D) -> D:
    """A date of a query, if the books may have it: none before 1970 or after 2199. Raises ValidationFailed."""
    _check_year(on, parameter=parameter)
    return on


def body_date(field: str, on: M) -> M:
    """A date or moment of a body, if the books may have it. Raises ValidationFailed."""
    _check_year(on, pointer=f"#/{field}")
    return on


def _check_year(on: date | None, *, parameter: str | None = None, pointer: str | None = None) -> None:
    if on is not None and on.year not in _YEARS:
        fault = FieldFault("out_of_range", "From 1970 to 2199", "应在 1970 至 2199 年间", pointer, parameter)
        raise ValidationFailed([fault])


PartyId = Annotated[str, public("pty", "A party.")]
AccountId = Annotated[str, public("acc", "A bank account.")]
MandateId = Annotated[str, public("mnd", "A mandate.")]
ReceivableId = Annotated[str, public("rcv", "A receivable.")]
ImportId = Annotated[str, public("imp", "An import.")]
ConfirmationId = Annotated[str, public("cnf", "A debtor's answers.")]
NoticeId = Annotated[str, public("cnn", "A notice that asks a debtor to confirm.")]
RegistrationId = Annotated[str, public("rgn", "A lender's claim in a registry.")]
FacilityId = Annotated[str, public("fac", "A facility.")]
RequestId = Annotated[str, public("req", "A request.")]
BatchId = Annotated[str, public("bat", "What was made together, and is approved together.")]
ChangeId = Annotated[str, public("chg", "A change one person proposes and another decides.")]
OfferId = Annotated[str, public("off", "An offer.")]
AdvanceId = Annotated[str, public("adv", "An advance.")]
FundingOrderId = Annotated[str, public("fno", "An order to pay advances out.")]
RepaymentId = Annotated[str, public("rpy", "A payment that a person books.")]
HoldId = Annotated[str, public("hld", "A hold on a reserve.")]
WriteOffId = Annotated[str, public("wof", "A write-off.")]
WalletRefundId = Annotated[str, public("wrf", "A refund of what was paid too much.")]
CreditNoteId = Annotated[str, public("crn", "A credit note.")]
SplitId = Annotated[str, public("spl", "How a receivable is split.")]
TransferId = Annotated[str, public("trf", "A part passed on.")]
PoolId = Annotated[str, public("str", "A pool.")]
ProposalId = Annotated[str, public("prp", "Proposed sweeps of a pool.")]
ClientId = Annotated[str, public("cli", "A firm for which we collect.")]
PlanId = Annotated[str, public("pln", "A plan of dues.")]
DueId = Annotated[str, public("due", "An amount that a payer owes.")]
PayoutId = Annotated[str, public("cpo", "What a client is paid.")]
PeriodId = Annotated[str, public("apd", "A settlement period of an agent.")]
CallId = Annotated[str, public("dcl", "A call for a deposit.")]
ReturnId = Annotated[str, public("drt", "A deposit on its way back.")]
DefaultId = Annotated[str, public("dft", "An agent's default.")]
ClaimId = Annotated[str, public("clm", "A claim that follows a default.")]
RunId = Annotated[str, public("run", "A run.")]
StatementId = Annotated[str, public("stm", "A bank's statement.")]
ProgrammeId = Annotated[str, public("ppg", "A payables programme.")]
UploadId = Annotated[str, public("pup", "Invoices a buyer brought in.")]
EarlyPaymentId = Annotated[str, public("epy", "A payment out of own cash.")]
SalesAdvanceId = Annotated[str, public("sad", "An advance that is repaid out of sales.")]
SalesRepaymentId = Annotated[str, public("srp", "A merchant's own payment.")]
SalesWriteOffId = Annotated[str, public("swo", "An advance out of sales given up.")]
EarlyPaymentOrderId = Annotated[str, public("epo", "An order to pay out of own cash.")]

PartyPath = Annotated[str, in_path("pty", "The party.")]
AccountPath = Annotated[str, in_path("acc", "The bank account.")]
MandatePath = Annotated[str, in_path("mnd", "The mandate.")]
ReceivablePath = Annotated[str, in_path("rcv", "The receivable.")]
ImportPath = Annotated[str, in_path("imp", "The import.")]
ConfirmationPath = Annotated[str, in_path("cnf", "The debtor's answers.")]
NoticePath = Annotated[str, in_path("cnn", "The notice.")]
RegistrationPath = Annotated[str, in_path("rgn", "The registration.")]
FacilityPath = Annotated[str, in_path("fac", "The facility.")]
RequestPath = Annotated[str, in_path("req", "The request.")]
BatchPath = Annotated[str, in_path("bat", "What was made together.")]
ChangePath = Annotated[str, in_path("chg", "The change.")]
OfferPath = Annotated[str, in_path("off", "The offer.")]
AdvancePath = Annotated[str, in_path("adv", "The advance.")]
FundingOrderPath = Annotated[str, in_path("fno", "The order to pay out.")]
RepaymentPath = Annotated[str, in_path("rpy", "The payment.")]
HoldPath = Annotated[str, in_path("hld", "The hold.")]
WalletRefundPath = Annotated[str, in_path("wrf", "The refund.")]
CreditNotePath = Annotated[str, in_path("crn", "The credit note.")]
SplitPath = Annotated[str, in_path("spl", "How a receivable is split.")]
TransferPath = Annotated[str, in_path("trf", "The part passed on.")]
WriteOffPath = Annotated[str, in_path("wof", "The write-off.")]
PoolPath = Annotated[str, in_path("str", "The pool.")]
ProposalPath = Annotated[str, in_path("prp", "The proposed sweeps.")]
ClientPath = Annotated[str, in_path("cli", "The client.")]
PlanPath = Annotated[str, in_path("pln", "The plan.")]
AgentPath = Annotated[str, in_path("pty", "The agent, by its party.")]
ReturnPath = Annotated[str, in_path("drt", "The deposit on its way back.")]
DefaultPath = Annotated[str, in_path("dft", "The default.")]
ClaimPath = Annotated[str, in_path("clm", "The claim.")]
RunPath = Annotated[str, in_path("run", "The run.")]
ProgrammePath = Annotated[str, in_path("ppg", "The payables programme.")]
UploadPath = Annotated[str, in_path("pup", "The buyer's invoices.")]
EarlyPaymentPath = Annotated[str, in_path("epy", "The payment out of own cash.")]
SalesAdvancePath = Annotated[str, in_path("sad", "The advance that is repaid out of sales.")]
SalesRepaymentPath = Annotated[str, in_path("srp", "The merchant's payment.")]
SalesWriteOffPath = Annotated[str, in_path("swo", "The advance out of sales given up.")]
EarlyPaymentOrderPath = Annotated[str, in_path("epo", "The order to pay out of own cash.")]

MAX_ITEMS = 1_000  # of one list in a request; more comes as a file
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=200, description="Its ending says what it is: .csv, .xlsx.")
]
CurrencyOf = Annotated[str, QueryParameter(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217.")]
Digest = Annotated[
    str,
    msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64, description="SHA-256 of what was seen.", examples=["0" * 64]),
]
Moment = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-03-31T10:00:00Z"])]
Reason = Annotated[str, line(500, "Why, for those who read it later.", "The firm moved to another bank")]


class ReasonBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it is done."""

    reason: Reason


class ProposedView(msgspec.Struct, kw_only=True):
    """What waits for a second person, by the digest that they approve."""

    digest: Digest


class ApproveDigest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What exactly is approved: the digest that was shown with it."""

    digest: Digest


class RefuseDigest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What exactly is refused, and why."""

    digest: Digest
    reason: Reason
