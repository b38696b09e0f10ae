"""Why an advance stands where it does: every figure with its parts, rules, sources and postings."""

from datetime import date
from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.api.advances import visible_advance
from app.api.explanations_dto import ExplanationView, explanation_view
from app.deps import Work
from app.endpoints import query
from app.fields import AdvancePath, business_date
from domain.access.rules import Permission
from domain.financing.explaining import explain_advance

AsOf = Annotated[date | None, QueryParameter(description="At the start of this date; today without it.")]


class Explanations(Controller):
    """Figures with their reasons."""

    tags = ("financing",)

    @query("/advances/{advance_id:str}/explanation", needs=Permission.ADVANCES_READ)
    def explain_advance(
        self, work: NamedDependency[Work], advance_id: AdvancePath, as_of: AsOf = None
    ) -> ExplanationView:
        """Explain every figure of an advance, as of any date.

        Each is the sum of its parts: what periods bore, exact and rounded, and what events changed, with the numbers
        and citations of the rules. `proof` says whether the same derivation comes to what sub-ledger and ledger hold
        now; `GET /v1/ledger/postings/{posting_id}` explains a posting.
        """
        row = visible_advance(work, advance_id)
        on = business_date("as_of", as_of) or work.clock.today()
        found = explain_advance(work.session, row.id, on)
        return explanation_view(found, for_seller=work.principal.party_id == row.seller_id)
