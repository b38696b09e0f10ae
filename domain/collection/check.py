"""Collection proved: what is held for clients is what was collected for them and neither paid out nor refunded."""

from dataclasses import dataclass

from sqlalchemy import ARRAY, String, bindparam, text

from domain.collection.states import OVER
from domain.ledger.balances import balances
from domain.ledger.chart import AccountKind, AccountRef
from domain.platform.database import TenantSession

_EXPECTED = text("""
    SELECT client.party_id, client.currency,
           coalesce((SELECT sum(amount_minor) FROM collection_due AS due
                     WHERE due.tenant_id = :tenant AND due.client_id = client.id AND due.state = 'collected'), 0)
           - coalesce((SELECT sum(gross_minor - recovered_minor) FROM client_payout AS payout
                       WHERE payout.tenant_id = :tenant AND payout.client_id = client.id AND payout.state = 'paid'), 0)
           - coalesce((SELECT sum(amount_minor) FROM client_claim AS refund
                       WHERE refund.tenant_id = :tenant AND refund.client_id = client.id AND refund.paid_by IS NULL), 0)
           AS minor
    FROM collection_client AS client WHERE client.tenant_id = :tenant
""")

# Nobody pays more than he owes: what is settled and not returned per due, against the due.
_OVER = text("""
    SELECT due.id, due.amount_minor AS expected, sum(instruction.amount_minor)::bigint AS found
    FROM collection_due AS due
    JOIN instruction ON instruction.tenant_id = :tenant AND instruction.subject_id = due.id
     AND instruction.purpose = 'entrusted_collection' AND instruction.state IN ('settled', 'final')
    WHERE due.tenant_id = :tenant
    GROUP BY due.tenant_id, due.id HAVING sum(instruction.amount_minor) > due.amount_minor
""")


# No run would find it: its day was left behind while it was open.
_FORGOTTEN = text("""
    SELECT due.id, due.amount_minor FROM collection_due AS due
    JOIN collection_horizon AS horizon ON horizon.tenant_id = :tenant
    WHERE due.tenant_id = :tenant AND due.ordinary AND due.rolled_due_on < horizon.open_from AND due.state <> ALL(:over)
""").bindparams(bindparam("over", type_=ARRAY(String)))


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures that must be equal and are not, in minor units."""

    what: str
    subject: str
    expected_minor: int
    found_minor: int


def check_collection(session: TenantSession) -> list[Difference]:
    """Every way in which dues, payouts and funds disagree; empty when all is well."""
    session.flush()
    expected = {
        AccountRef(AccountKind.CLIENT_FUNDS, row.currency, row.party_id): int(row.minor)
        for row in session.execute(_EXPECTED, {"tenant": session.tenant_id})
    }
    found = balances(session, expected)
    differences = [
        Difference("funds of a client", str(funds), minor, found[funds].posted.minor)
        for funds, minor in expected.items()
        if found[funds].posted.minor != minor
    ]
    over = session.execute(_OVER, {"tenant": session.tenant_id})
    forgotten = session.execute(_FORGOTTEN, {"tenant": session.tenant_id, "over": [state.value for state in OVER]})
    return [
        *differences,
        *(Difference("collected beyond the due", str(row.id), row.expected, row.found) for row in over),
        *(Difference("a due that no run would find", str(row.id), row.amount_minor, 0) for row in forgotten),
    ]
