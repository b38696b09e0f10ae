"""Changes that two people decide, and what they change: limits, reference rates, the law's limits, lenders."""

from typing import Annotated
from uuid import UUID

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from app.api.financing_changes_dto import (
    ChangeView,
    DescribeLender,
    LegalLimitList,
    LimitList,
    RateList,
    RecordRate,
    SetLimit,
    change_view,
    legal_view,
    limit_view,
    rate_view,
)
from app.api.parties import visible_party
from app.deps import Work
from app.endpoints import command, query
from app.fields import ApproveDigest, ChangePath, RefuseDigest, body_date
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from app.refusals import FieldFault, ValidationFailed
from domain.access.rules import Permission
from domain.financing import changes, limits, references
from domain.financing.exposure_rules import Scope
from domain.financing.lenders import NewProfile
from domain.financing.limits import NewLimit
from domain.financing.listings import CHANGES
from domain.financing.tables import FinancingChange
from domain.law.rows import legal_limits
from domain.parties import queries as parties
from domain.parties.service import PREFIX as PARTY
from domain.platform.ids import parse_public_id
from domain.values.money import CurrencyMismatch

Filters = Annotated[list[str] | None, filters_of(CHANGES)]
Reference = Annotated[str, QueryParameter(pattern="^[a-z][a-z0-9_]{1,30}$", description="A reference, such as lpr_1y.")]
CHANGE = "chg"


class FinancingChanges(Controller):
    """What one person has proposed for another to decide."""

    path = "/financing-changes"
    tags = ("financing",)

    @query("/", needs=Permission.FACILITIES_READ)
    def list_changes(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[ChangeView]:
        """List proposed and decided changes, newest first."""
        return listed(work, CHANGES, change_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{change_id:str}", needs=Permission.FACILITIES_READ)
    def get_change(self, work: NamedDependency[Work], change_id: ChangePath) -> ChangeView:
        """Show a change, with the digest that stands for exactly it."""
        return change_view(_own_change(work, change_id))

    @command("/{change_id:str}/approve", needs=Permission.CHANGES_APPROVE, status_code=HTTP_200_OK)
    def approve_change(
        self, work: NamedDependency[Work], change_id: ChangePath, data: JSONBody[ApproveDigest]
    ) -> ChangeView:
        """Put in force exactly what another person proposed."""
        change = _own_change(work, change_id)
        return change_view(
            changes.approve_change(work.session, change.id, digest=data.digest, actor=work.actor, clock=work.clock)
        )

    @command("/{change_id:str}/refuse", needs=Permission.CHANGES_APPROVE, status_code=HTTP_200_OK)
    def refuse_change(
        self, work: NamedDependency[Work], change_id: ChangePath, data: JSONBody[RefuseDigest]
    ) -> ChangeView:
        """Refuse what was proposed, or take back one's own proposal."""
        change = _own_change(work, change_id)
        return change_view(
            changes.refuse_change(
                work.session, change.id, digest=data.digest, reason=data.reason, actor=work.actor, clock=work.clock
            )
        )


class Limits(Controller):
    """How much may be lent, over all facilities."""

    path = "/limits"
    tags = ("financing",)

    @query("/", needs=Permission.LIMITS_READ)
    def list_limits(self, work: NamedDependency[Work]) -> LimitList:
        """List the limits in force with what stands under them; a lender sees its own."""
        found = limits.limits_seen_by(work.session, work.principal.party_id)
        return LimitList(items=[limit_view(row) for row in found])

    @command("/", needs=Permission.LIMITS_WRITE)
    def propose_limit(self, work: NamedDependency[Work], data: JSONBody[SetLimit]) -> ChangeView:
        """Propose a limit on a seller, a debtor, both, or a lender's whole book; a second person puts it in force."""
        limit = data.limit.money() if data.limit else None
        if limit is not None and limit.currency != data.currency:
            raise CurrencyMismatch(left=data.currency, right=limit.currency)
        if data.lender_id is None:
            work.whole_group()
        scope = Scope(
            lender_id=None if data.lender_id is None else visible_party(work, data.lender_id).id,
            seller_id=_party(work, data.seller_id),
            debtor_id=_party(work, data.debtor_id),
            currency=data.currency,
        )
        _check_limit(data)
        new = NewLimit(scope, limit)
        return change_view(changes.propose_limit(work.session, new, actor=work.actor, clock=work.clock))


class ReferenceRates(Controller):
    """Published rates that prices follow."""

    path = "/reference-rates"
    tags = ("financing",)

    @query("/", needs=Permission.RATES_READ)
    def list_reference_rates(self, work: NamedDependency[Work], name: Reference = references.LPR_1Y) -> RateList:
        """List the quotes of a reference, newest first, with where each was read."""
        return RateList(items=[rate_view(row) for row in references.reference_rates(work.session, name)])

    @command("/", needs=Permission.RATES_WRITE)
    def propose_reference_rate(self, work: NamedDependency[Work], data: JSONBody[RecordRate]) -> ChangeView:
        """Propose a quote, or a correction of one; a second person puts it in force."""
        work.whole_group()
        body_date("effective_on", data.effective_on)
        return change_view(changes.propose_rate(work.session, data.value(), actor=work.actor, clock=work.clock))


class LegalLimits(Controller):
    """What law and supervision say."""

    path = "/legal-limits"
    tags = ("financing",)

    @query("/", needs=Permission.RATES_READ)
    def list_legal_limits(self, work: NamedDependency[Work]) -> LegalLimitList:
        """List the law's limits, each from a day on and with its source."""
        return LegalLimitList(items=[legal_view(row) for row in legal_limits(work.session)])


class LenderProfiles(Controller):
    """What is known of lenders as institutions."""

    path = "/lender-profiles"
    tags = ("financing",)

    @command("/", needs=Permission.RATES_WRITE)
    def propose_lender_profile(self, work: NamedDependency[Work], data: JSONBody[DescribeLender]) -> ChangeView:
        """Propose a lender's licence and risk assets; a second person puts them in force."""
        work.whole_group()
        new = NewProfile(
            lender_id=visible_party(work, data.lender_id).id,
            licence=data.licence,
            licence_number=data.licence_number,
            risk_assets=data.risk_assets.money() if data.risk_assets else None,
            risk_assets_on=body_date("risk_assets_on", data.risk_assets_on),
        )
        return change_view(changes.propose_profile(work.session, new, actor=work.actor, clock=work.clock))


def _own_change(work: Work, reference: str) -> FinancingChange:
    """The change, for its lender and the group; one of the group's is nobody else's. Raises NotFound."""
    change = work.find(FinancingChange, CHANGE, reference, kind="change")
    if change.lender_id is None:
        work.whole_group()
    else:
        work.confine(change.lender_id, kind="change", reference=reference)
    return change


def _check_limit(data: SetLimit) -> None:
    if data.lender_id is None and data.seller_id is None and data.debtor_id is None:
        en, zh = "Name a lender, a seller or a debtor", "请至少指定出资方、卖方或付款方之一"
        raise ValidationFailed([FieldFault("nobody_named", en, zh, "#/lender_id")])
    if data.limit is not None and data.limit.money().minor <= 0:
        en, zh = "More than zero; null lifts the limit", "须大于零,取消限额请填 null"
        raise ValidationFailed([FieldFault("out_of_range", en, zh, "#/limit/amount")])


def _party(work: Work, reference: str | None) -> UUID | None:
    return None if reference is None else parties.party(work.session, parse_public_id(PARTY, reference)).id
