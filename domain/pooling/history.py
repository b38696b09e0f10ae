"""What simulator, forecast and reports read of the past and the near future. Nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.platform.database import TenantSession
from domain.pooling.errors import PeriodTooLong
from domain.pooling.evaluation import Account
from domain.pooling.members import NewMember, check_members, terms_of
from domain.pooling.positions import Position, positions
from domain.pooling.queries import members_of
from domain.pooling.simulation import NotionalOffset, Rates, Replay, notional_offset, replay
from domain.pooling.structures import PoolTerms, version_on
from domain.pooling.tables import PoolStructure
from domain.values.money import Money

MAX_DAYS = 366  # of one replay: 100,000 branches over a year are half a minute
SEASON_WEEKS = 8  # enough weekdays to average over, few enough to follow a season

# What changed an account beside the pool's own sweeps: the flows a replay starts from.
_FLOWS = text("""
    SELECT entry.value_date AS on_day, entry.account_id,
           sum(CASE entry.direction WHEN 'credit' THEN entry.amount_minor ELSE -entry.amount_minor END)::bigint AS minor
    FROM statement_entry AS entry
    LEFT JOIN instruction ON instruction.tenant_id = :tenant AND instruction.id = entry.instruction_id
    WHERE entry.tenant_id = :tenant AND entry.account_id = ANY(CAST(:accounts AS uuid[]))
      AND entry.value_date BETWEEN :since AND :until AND entry.state NOT IN ('pending', 'vanished')
      AND instruction.purpose IS DISTINCT FROM 'sweep'
    GROUP BY entry.value_date, entry.account_id
""")


def replay_pool(
    session: TenantSession,
    structure: PoolStructure,
    *,
    since: date,
    until: date,
    header_rate: Decimal,
    terms: PoolTerms | None = None,
    members: Sequence[NewMember] | None = None,
) -> Replay:
    """The days `since` to `until` again, under changed terms or members, or as the pool is today.

    From the balances of the day before `since`, with what statements told since. Raises PeriodTooLong, and for members
    as `create_structure`.
    """
    days = _days(since, until)
    accounts = _accounts(session, structure, terms, members, as_of=since - timedelta(days=1))
    flows: dict[date, dict[str, int]] = {}
    ids = [UUID(account.key) for account in accounts]
    binds = {"tenant": session.tenant_id, "accounts": ids, "since": since, "until": until}
    for row in session.execute(_FLOWS, binds):
        flows.setdefault(row.on_day, {})[str(row.account_id)] = row.minor
    version = version_on(session, structure.id, until)
    up, down = (terms.up_rate, terms.down_rate) if terms else (version.up_rate, version.down_rate)
    order = terms.sweep_order if terms else structure.sweep_order
    return replay(accounts, flows, days, Rates(up, down, header_rate), order)


def _days(since: date, until: date) -> list[date]:
    count = (until - since).days + 1
    if not 0 < count <= MAX_DAYS:
        raise PeriodTooLong(days=count, limit=MAX_DAYS)
    return [since + timedelta(days=day) for day in range(count)]


def _accounts(
    session: TenantSession,
    structure: PoolStructure,
    terms: PoolTerms | None,
    members: Sequence[NewMember] | None,
    *,
    as_of: date,
) -> list[Account]:
    header, currency = structure.header_account_id, structure.currency
    floor = terms.floor.minor if terms else structure.floor_minor
    if members is not None:
        check_members(session, header, currency, members)
        shaped = [_new_account(member, header) for member in members]
    else:
        shaped = [_kept_account(row, currency) for row in members_of(session, structure.id)]
    ids = [header, *(UUID(account.key) for account in shaped)]
    held = positions(session, ids, currency, as_of=as_of)
    top = Account(str(header), held[header].booked_minor, floor=floor)
    return [top, *(_holding(account, held[UUID(account.key)]) for account in shaped)]


def _new_account(member: NewMember, header: UUID) -> Account:
    floor = member.floor.minor if member.floor else 0
    parent = str(member.parent_account_id or header)
    return Account(str(member.account_id), 0, member.terms, parent, priority=member.priority, floor=floor)


def _kept_account(row: Any, currency: str) -> Account:  # noqa: ANN401 - a row of PoolMember
    terms, parent = terms_of(row, currency), str(row.parent_account_id)
    return Account(str(row.account_id), 0, terms, parent, priority=row.priority, floor=row.floor_minor)


def _holding(account: Account, position: Position) -> Account:
    return Account(
        account.key,
        position.booked_minor,
        account.terms,
        account.parent,
        priority=account.priority,
        floor=account.floor,
    )


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tomorrow's cash of a pool and what makes it; `weeks` is how many weekdays were averaged."""

    on: date
    available: Money
    dues_in: Money
    dues_out: Money
    takings: Money
    sweeps_under_way: Money
    weeks: int

    @property
    def expected(self) -> Money:
        """What the pool's accounts should hold together; sweeps within it change nothing of that."""
        return self.available + self.dues_in - self.dues_out + self.takings


# Orders that are made and not settled: what our accounts collect or pay outside the pool.
_DUES = text("""
    SELECT coalesce(sum(amount_minor) FILTER (WHERE direction = 'debit'), 0)::bigint AS come,
           coalesce(sum(amount_minor) FILTER (WHERE direction = 'credit' AND state IN ('created', 'locked')), 0)::bigint
             AS gone
    FROM instruction
    WHERE tenant_id = :tenant AND own_account_id = ANY(CAST(:accounts AS uuid[])) AND currency = :currency
      AND due_on <= :on AND state IN ('created', 'locked', 'submitted', 'accepted') AND purpose <> 'sweep'
""")
# By weekday: what branches took on the same day of the last weeks, on average over the weeks there are.
_TAKINGS = text("""
    SELECT count(DISTINCT taken_on) AS weeks, coalesce(sum(amount_minor), 0)::bigint AS minor
    FROM taking
    WHERE tenant_id = :tenant AND currency = :currency AND branch_id = ANY(CAST(:parties AS uuid[]))
      AND taken_on BETWEEN CAST(:on AS date) - 7 * CAST(:weeks AS integer) AND CAST(:on AS date) - 1
      AND extract(isodow FROM taken_on) = extract(isodow FROM CAST(:on AS date))
""")


def forecast_pool(session: TenantSession, structure: PoolStructure, today: date) -> Forecast:
    """What a pool's accounts should hold together at the end of tomorrow, with the inputs."""
    members = members_of(session, structure.id)
    currency, on = structure.currency, today + timedelta(days=1)
    ids = [structure.header_account_id, *(member.account_id for member in members)]
    standing = positions(session, ids, currency).values()
    binds = {"tenant": session.tenant_id, "accounts": ids, "currency": currency, "on": on}
    dues = session.execute(_DUES, binds).one()
    parties = list({member.party_id for member in members})
    season = session.execute(_TAKINGS, {**binds, "parties": parties, "weeks": SEASON_WEEKS}).one()

    def money(minor: int) -> Money:
        return Money.from_minor(minor, currency)

    takings = Money.zero(currency)
    if season.weeks:
        takings = Money.from_minor(season.minor, currency).times(Decimal(1) / season.weeks)
    # What is held for payments outside has left what is available already; sweeps only change places.
    held_by_sweeps = sum(position.incoming_minor for position in standing)
    available = sum(position.available_minor for position in standing) + held_by_sweeps
    return Forecast(
        on=on,
        available=money(available),
        dues_in=money(dues.come),
        dues_out=money(dues.gone),
        takings=takings,
        sweeps_under_way=money(held_by_sweeps),
        weeks=season.weeks,
    )


def shadow_report(
    session: TenantSession,
    structure: PoolStructure,
    *,
    since: date,
    until: date,
    credit_rate: Decimal,
    debit_rate: Decimal,
) -> Mapping[date, NotionalOffset]:
    """What setting the pool's balances off against each other would be worth, night by night. Raises PeriodTooLong."""
    ids = [structure.header_account_id, *(row.account_id for row in members_of(session, structure.id))]
    report: dict[date, NotionalOffset] = {}
    for day in _days(since, until):
        held = positions(session, ids, structure.currency, as_of=day)
        balances = [position.booked_minor for position in held.values()]
        report[day] = notional_offset(balances, credit_rate, debit_rate, 1)
    return report
