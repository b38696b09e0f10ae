"""What agents, their periods, calls, returns, defaults and claims can be listed by."""

from domain.financing.agents.states import (
    CallState,
    ClaimState,
    ClaimStep,
    DefaultState,
    DepositEventKind,
    RemittanceKind,
    ReturnState,
    Status,
)
from domain.financing.agents.tables import (
    Agent,
    AgentClaim,
    AgentDefault,
    AgentPeriod,
    AgentSale,
    AgentWarning,
    DepositCall,
    DepositEvent,
    DepositReturn,
    Remittance,
    StatusChange,
)
from domain.platform.filtering import MoneyColumns
from domain.platform.listing import Listing, id_field
from domain.values.filters import choice_field, date_field, flag_field, money_field, text_field

AGENTS = Listing(
    "agents",
    Agent,
    fields={
        "status": choice_field(Status),
        "seller": id_field("pty"),
        "halted": flag_field(),
        "outstanding": money_field(),
        "deposit": money_field(),
        "limit": money_field(),
    },
    columns={
        "status": Agent.status,
        "seller": Agent.seller_id,
        "halted": Agent.halted,
        "outstanding": MoneyColumns(Agent.outstanding_minor, Agent.currency),
        "deposit": MoneyColumns(Agent.deposit_minor, Agent.currency),
        "limit": MoneyColumns(Agent.limit_minor, Agent.currency),
    },
    owners=(Agent.id, Agent.seller_id),
)
SALES = Listing(
    "agent_sales",
    AgentSale,
    fields={
        "agent": id_field("pty"),
        "sold_on": date_field(),
        "reference": text_field("T-1"),
        "amount": money_field(),
        "period": id_field("apd"),
    },
    columns={
        "agent": AgentSale.agent_id,
        "sold_on": AgentSale.sold_on,
        "reference": AgentSale.reference,
        "amount": MoneyColumns(AgentSale.amount_minor, AgentSale.currency),
        "period": AgentSale.period_id,
    },
    owners=(AgentSale.agent_id,),
)
PERIODS = Listing(
    "agent_periods",
    AgentPeriod,
    fields={"agent": id_field("pty"), "ends_on": date_field(), "due_on": date_field(), "face_amount": money_field()},
    columns={
        "agent": AgentPeriod.agent_id,
        "ends_on": AgentPeriod.ends_on,
        "due_on": AgentPeriod.due_on,
        "face_amount": MoneyColumns(AgentPeriod.face_minor, AgentPeriod.currency),
    },
    owners=(AgentPeriod.agent_id,),
)
CALLS = Listing(
    "deposit_calls",
    DepositCall,
    fields={"agent": id_field("pty"), "state": choice_field(CallState), "due_on": date_field()},
    columns={"agent": DepositCall.agent_id, "state": DepositCall.state, "due_on": DepositCall.due_on},
    owners=(DepositCall.agent_id,),
)
RETURNS = Listing(
    "deposit_returns",
    DepositReturn,
    fields={"agent": id_field("pty"), "state": choice_field(ReturnState)},
    columns={"agent": DepositReturn.agent_id, "state": DepositReturn.state},
    owners=(DepositReturn.agent_id,),
)
DEFAULTS = Listing(
    "agent_defaults",
    AgentDefault,
    fields={"agent": id_field("pty"), "state": choice_field(DefaultState), "declared_on": date_field()},
    columns={"agent": AgentDefault.agent_id, "state": AgentDefault.state, "declared_on": AgentDefault.declared_on},
    owners=(AgentDefault.agent_id,),
)
CLAIMS = Listing(
    "agent_claims",
    AgentClaim,
    fields={
        "default": id_field("dft"),
        "payer": id_field("pty"),
        "step": choice_field(ClaimStep),
        "state": choice_field(ClaimState),
    },
    columns={
        "default": AgentClaim.default_id,
        "payer": AgentClaim.payer_id,
        "step": AgentClaim.step,
        "state": AgentClaim.state,
    },
    owners=(AgentClaim.agent_id, AgentClaim.payer_id),
)
WARNINGS = Listing(
    "agent_warnings",
    AgentWarning,
    fields={"agent": id_field("pty")},
    columns={"agent": AgentWarning.agent_id},
    owners=(AgentWarning.agent_id,),
)
STATUSES = Listing(
    "agent_statuses",
    StatusChange,
    fields={"agent": id_field("pty"), "status": choice_field(Status), "on": date_field()},
    columns={"agent": StatusChange.agent_id, "status": StatusChange.status, "on": StatusChange.on},
    owners=(StatusChange.agent_id,),
)
REMITTANCES = Listing(
    "agent_remittances",
    Remittance,
    fields={"agent": id_field("pty"), "kind": choice_field(RemittanceKind), "value_on": date_field()},
    columns={"agent": Remittance.agent_id, "kind": Remittance.kind, "value_on": Remittance.value_on},
    owners=(Remittance.agent_id,),
)
DEPOSITS = Listing(
    "agent_deposits",
    DepositEvent,
    fields={"agent": id_field("pty"), "kind": choice_field(DepositEventKind), "value_on": date_field()},
    columns={"agent": DepositEvent.agent_id, "kind": DepositEvent.kind, "value_on": DepositEvent.value_on},
    owners=(DepositEvent.agent_id,),
)
