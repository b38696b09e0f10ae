"""Rows of agents: profiles and policies, sales and remittances, deposits, defaults."""

from domain.financing.agents.tables.defaults import AgentClaim, AgentDefault
from domain.financing.agents.tables.deposits import DepositCall, DepositEvent, DepositReturn
from domain.financing.agents.tables.profiles import Agent, AgentPolicy, AgentWarning, StatusChange
from domain.financing.agents.tables.sales import AgentPeriod, AgentSale, Remittance, SalesReport

__all__ = [
    "Agent",
    "AgentClaim",
    "AgentDefault",
    "AgentPeriod",
    "AgentPolicy",
    "AgentSale",
    "AgentWarning",
    "DepositCall",
    "DepositEvent",
    "DepositReturn",
    "Remittance",
    "SalesReport",
    "StatusChange",
]
