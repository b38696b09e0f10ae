"""Evidence packs: all that is known of one receivable or mandate, in a ZIP whose every file can be checked offline."""

from litestar import Controller
from litestar.di import NamedDependency

from app.api.receivables_dto import RECEIVABLE
from app.deps import Work
from app.endpoints import query
from app.fields import MandatePath, ReceivablePath
from domain.access.rules import Permission
from domain.collection.evidence import mandate_evidence
from domain.collection.queries import PREFIX as MANDATE
from domain.collection.queries import find_mandate
from domain.financing.evidence import Reader, lends_on, receivable_evidence
from domain.platform.ids import parse_public_id
from domain.receivables import queries
from domain.values.errors import NotFound

ZIP = "application/zip"


class Evidence(Controller):
    """Files to hand over."""

    @query(
        "/receivables/{receivable_id:str}/evidence",
        needs=Permission.RECEIVABLES_READ,
        media_type=ZIP,
        tags=("receivables",),
    )
    def get_receivable_evidence(self, work: NamedDependency[Work], receivable_id: ReceivablePath) -> bytes:
        """Download all that is known of a receivable, for its parties and the group.

        A ZIP with a manifest of SHA-256 digests, which `tributary evidence verify` checks without a server. It holds
        what the caller may see: sealed offers stay sealed, and a firm gets its own financing only.
        """
        row = queries.receivable(work.session, parse_public_id(RECEIVABLE, receivable_id))
        party = work.principal.party_id
        if party not in {None, row.seller_id, row.debtor_id} and not lends_on(work.session, row.id, party):
            raise NotFound(kind="receivable", reference=receivable_id)
        return receivable_evidence(work.session, row.id, _reader(work), clock=work.clock)

    @query("/mandates/{mandate_id:str}/evidence", needs=Permission.MANDATES_READ, media_type=ZIP, tags=("mandates",))
    def get_mandate_evidence(self, work: NamedDependency[Work], mandate_id: MandatePath) -> bytes:
        """Download all that is known of a mandate, for its debtor and the group.

        Versions with the digests of what was signed, debits with the version and limbs they were checked against,
        refusals, notices with their proofs; a ZIP that can be checked offline.
        """
        row = find_mandate(work.session, parse_public_id(MANDATE, mandate_id))
        work.confine(row.party_id, kind="mandate", reference=mandate_id)
        return mandate_evidence(work.session, row.id, audit=_reader(work).audit, clock=work.clock)


def _reader(work: Work) -> Reader:
    granted, party_id = work.principal.permissions, work.principal.party_id
    return Reader(
        party_id=party_id,
        financing=granted >= {Permission.REQUESTS_READ, Permission.OFFERS_READ, Permission.ADVANCES_READ},
        audit=party_id is None and Permission.AUDIT_READ in granted,
    )
