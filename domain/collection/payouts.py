"""Paying clients what was collected for them: what is final, or within their risk limit; net of fees and claims."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, and_, bindparam, cast, func, literal, null, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col
from sqlmodel import select as select_rows

from domain.banking.answers import Outcome
from domain.banking.cash import in_transit
from domain.banking.states import Direction, Purpose, Verdict
from domain.collection.states import PayoutState
from domain.collection.tables import Client, ClientPayout
from domain.ledger import service as ledger
from domain.ledger.chart import AccountKind, AccountRef
from domain.ledger.posting import Leg, Mode, Posting
from domain.parties.queries import any_of, payable_accounts
from domain.platform.clock import Clock
from domain.platform.database import TenantSession
from domain.platform.ids import SQL_UUID7
from domain.platform.outbox import announce
from domain.platform.transitions import move_all
from domain.values.actor import BANK
from domain.values.money import Money

# Final money can be paid out; what may still be taken back only up to the client's risk limit, oldest first, counting
# what was paid out before it was final and still is not (`rules.payable_now`). Only what is open is looked at: dues
# that are not paid out, of days that have come, and those in payouts of which something was not final the last time.
_PLAN = text(f"""
    WITH advanced AS MATERIALIZED (
      SELECT DISTINCT payout.id AS payout_id, due.id, due.client_id, due.amount_minor
      FROM client_payout AS payout
      JOIN collection_due AS due ON due.tenant_id = :tenant AND due.payout_id = payout.id
      JOIN instruction ON instruction.tenant_id = :tenant AND instruction.subject_id = due.id
       AND instruction.purpose = 'entrusted_collection' AND instruction.state = 'settled'
      WHERE payout.tenant_id = :tenant AND payout.at_risk AND due.state = 'collected'
    ), at_risk AS (
      SELECT client_id, sum(amount_minor) AS minor FROM advanced GROUP BY client_id
    ), safe AS (
      UPDATE client_payout AS payout SET at_risk = false
      WHERE payout.tenant_id = :tenant AND payout.at_risk
        AND NOT EXISTS (SELECT FROM advanced WHERE advanced.payout_id = payout.id)
    ), standing AS (
      SELECT due.id, due.client_id, due.amount_minor, due.fee_minor, due.collected_on,
             bool_and(instruction.state = 'final') AS final
      FROM collection_due AS due
      JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = due.client_id
      JOIN instruction ON instruction.tenant_id = :tenant AND instruction.subject_id = due.id
       AND instruction.purpose = 'entrusted_collection' AND instruction.state IN ('settled', 'final')
      WHERE due.tenant_id = :tenant AND due.payout_id IS NULL AND due.rolled_due_on <= :on
        AND due.state = 'collected' AND client.state <> 'closed' AND due.collected_on <= :on
      GROUP BY due.tenant_id, due.id
    ), unpaid AS (
      SELECT standing.*, coalesce(at_risk.minor, 0) + sum(CASE WHEN final THEN 0 ELSE amount_minor END)
               OVER (PARTITION BY standing.client_id ORDER BY final DESC, collected_on, id) AS risked
      FROM standing LEFT JOIN at_risk ON at_risk.client_id = standing.client_id
    ), chosen AS (
      SELECT unpaid.* FROM unpaid
      JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = unpaid.client_id
      WHERE final OR risked <= client.risk_limit_minor
    ), claims AS (
      SELECT client_id, sum(amount_minor)::bigint AS minor FROM client_claim
      WHERE tenant_id = :tenant AND recovered_by IS NULL GROUP BY client_id
    ), sums AS (
      SELECT chosen.client_id, count(*) AS items, sum(amount_minor)::bigint AS gross, sum(fee_minor)::bigint AS fee,
             NOT bool_and(final) AS at_risk, coalesce(max(claims.minor), 0) AS recovered
      FROM chosen LEFT JOIN claims ON claims.client_id = chosen.client_id
      GROUP BY chosen.client_id
    ), made AS (
      INSERT INTO client_payout (tenant_id, id, created_at, client_id, planned_on, currency, item_count, gross_minor,
                                 fee_minor, recovered_minor, net_minor, state, at_risk, failure_reason)
      SELECT :tenant, {SQL_UUID7}, :now, client.id, :on, client.currency, items, gross, fee, recovered,
             gross - fee - recovered, 'planned', at_risk, ''
      FROM sums JOIN collection_client AS client ON client.tenant_id = :tenant AND client.id = sums.client_id
      WHERE gross - fee - recovered > 0
      ON CONFLICT DO NOTHING
      RETURNING id, client_id
    ), recovered AS (
      UPDATE client_claim AS claim SET recovered_by = made.id FROM made
      WHERE claim.tenant_id = :tenant AND claim.client_id = made.client_id AND claim.recovered_by IS NULL
    ), taken AS (
      UPDATE collection_due AS due SET payout_id = made.id FROM made JOIN chosen ON chosen.client_id = made.client_id
      WHERE due.tenant_id = :tenant AND due.id = chosen.id
    )
    SELECT id FROM made
""")


def plan_payouts(session: TenantSession, on: date, *, clock: Clock) -> int:
    """Decide what each client is paid on a day; returns how many payouts. Once a day: a second call finds nothing."""
    session.flush()
    # Refunds are taken out of the same funds under the same locks; a later statement sees what they have committed.
    locked = select(col(Client.id)).where(col(Client.tenant_id) == session.tenant_id).order_by(col(Client.id))
    session.execute(locked.with_for_update())
    made = session.execute(_PLAN, {"tenant": session.tenant_id, "on": on, "now": clock.now()}).all()
    session.expire_all()
    return len(made)


def due_payouts(session: TenantSession, on: date) -> Select[Any]:
    """Planned payouts, in the standard columns, to the account each client is paid to on `on`."""
    payable = payable_accounts(session.tenant_id, on).subquery("payable")
    return (
        select(
            literal(Direction.CREDIT.value).label("direction"),
            literal(Purpose.CLIENT_PAYOUT.value).label("purpose"),
            func.concat("client_payout:", col(ClientPayout.id)).label("obligation_key"),
            col(ClientPayout.net_minor).label("amount_minor"),
            col(ClientPayout.currency).label("currency"),
            col(Client.own_account_id).label("own_account_id"),
            payable.c.account_id.label("counter_account_id"),
            cast(null(), Uuid).label("mandate_id"),
            col(ClientPayout.id).label("subject_id"),
            literal(on, Date).label("due_on"),
            func.concat("Collected ", col(ClientPayout.planned_on)).label("remittance"),
        )
        .join(
            Client,
            and_(col(Client.tenant_id) == col(ClientPayout.tenant_id), col(Client.id) == col(ClientPayout.client_id)),
        )
        .join(payable, and_(payable.c.party_id == Client.party_id, payable.c.currency == ClientPayout.currency))
        .where(
            col(ClientPayout.tenant_id) == session.tenant_id,
            col(ClientPayout.state) == PayoutState.PLANNED,
            col(ClientPayout.planned_on) <= on,
        )
    )


def book_payouts(session: TenantSession, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """Book what the bank says of payouts: paid ones leave the client's funds with the fee, failed ones are undone."""
    settled = [each for each in outcomes if each.result is Verdict.SETTLED]
    failed = [each for each in outcomes if each.result in {Verdict.REJECTED, Verdict.RETURNED}]
    _pay(session, settled, clock)
    _fail(session, failed, clock)


def _pay(session: TenantSession, settled: Sequence[Outcome], clock: Clock) -> None:
    if not settled:
        return
    rows = _rows(session, settled)
    for outcome in settled:
        rows[outcome.subject_id][0].paid_on = outcome.value_date
    session.flush()
    move_all(session, ClientPayout, list(rows), PayoutState.PAID, actor=BANK, clock=clock)
    postings = [payout_posting(*rows[outcome.subject_id], outcome) for outcome in settled]
    ledger.post_all(session, postings, actor=BANK, clock=clock)


# Its dues go into the next payout and what it had recovered is owed again. What it had paid out for dues that were
# taken back meanwhile was never paid out: nobody owes it, and if a later payout has recovered it, we owe that.
_UNDO = tuple(
    text(statement).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
    for statement in (
        "UPDATE collection_due SET payout_id = NULL WHERE tenant_id = :tenant AND payout_id = ANY(:ids)",
        "UPDATE client_claim SET recovered_by = NULL WHERE tenant_id = :tenant AND recovered_by = ANY(:ids)",
        "DELETE FROM client_claim WHERE tenant_id = :tenant AND paid_by = ANY(:ids) AND recovered_by IS NULL",
        f"""INSERT INTO client_claim (tenant_id, id, created_at, client_id, due_id, amount_minor, currency, arose_on,
                                      paid_by)
            SELECT tenant_id, {SQL_UUID7}, created_at, client_id, due_id, -amount_minor, currency, arose_on,
                   recovered_by
            FROM client_claim WHERE tenant_id = :tenant AND paid_by = ANY(:ids)""",
    )
)


def _fail(session: TenantSession, failed: Sequence[Outcome], clock: Clock) -> None:
    if not failed:
        return
    rows = _rows(session, failed)
    for outcome in failed:
        payout = rows[outcome.subject_id][0]
        payout.failure_reason = outcome.reason or ""
        announce(session, "client_payout.failed", payout.public_id, {"reason": payout.failure_reason}, clock=clock)
    session.flush()
    move_all(session, ClientPayout, list(rows), PayoutState.FAILED, actor=BANK, clock=clock)
    for statement in _UNDO:
        session.execute(statement, {"tenant": session.tenant_id, "ids": list(rows)})
    returned = [outcome for outcome in failed if outcome.result is Verdict.RETURNED]
    postings = [payout_posting(*rows[outcome.subject_id], outcome) for outcome in returned]
    ledger.post_all(session, postings, actor=BANK, clock=clock)
    session.expire_all()


def _rows(session: TenantSession, outcomes: Sequence[Outcome]) -> dict[UUID, tuple[ClientPayout, Client]]:
    found = session.exec(
        select_rows(ClientPayout, Client)
        .join(
            Client,
            and_(col(Client.tenant_id) == col(ClientPayout.tenant_id), col(Client.id) == col(ClientPayout.client_id)),
        )
        .where(
            ClientPayout.tenant_id == session.tenant_id,
            col(ClientPayout.id) == any_of([outcome.subject_id for outcome in outcomes]),
        )
    )
    return {payout.id: (payout, client) for payout, client in found}


def payout_posting(payout: ClientPayout, client: Client, outcome: Outcome) -> Posting:
    """The funds give what is paid and the fee; a returned payout gives both back."""
    currency = payout.currency
    funds = AccountRef(AccountKind.CLIENT_FUNDS, currency, client.party_id)
    sides = (
        (in_transit(outcome.own_account_id, currency), Money.from_minor(payout.net_minor, currency)),
        (
            AccountRef(AccountKind.FEE_INCOME, currency, client.operator_id),
            Money.from_minor(payout.fee_minor, currency),
        ),
    )
    paid = outcome.result is Verdict.SETTLED
    # What left has left, whether or not a payer's bank has taken its due back meanwhile.
    legs = tuple(
        Leg(funds, side, money, Mode.IMPOSED) if paid else Leg(side, funds, money) for side, money in sides if money
    )
    return Posting(
        key=f"client_payout:{payout.id}:{outcome.result.value}",
        event=f"client_payout.{'paid' if paid else 'returned'}",
        source=payout.public_id,
        value_date=outcome.value_date,
        legs=legs,
        explanation={
            "items": payout.item_count,
            "gross": str(Money.from_minor(payout.gross_minor, currency).amount),
            "fee": str(Money.from_minor(payout.fee_minor, currency).amount),
            "recovered": str(Money.from_minor(payout.recovered_minor, currency).amount),
        },
    )
