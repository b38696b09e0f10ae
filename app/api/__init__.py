"""The API: one module per resource, its request and view structs beside it in `*_dto.py`."""

from app.api.advances import Advances, FundingOrders
from app.api.agent_defaults import AgentClaims, AgentDefaults
from app.api.agent_deposits import Deposits
from app.api.agent_sales import AgentPeriods, AgentSales
from app.api.agents import AgentPolicies, Agents
from app.api.api_keys import ApiKeys
from app.api.bank_accounts import BankAccounts
from app.api.bank_connections import BankConnections, BankMessages
from app.api.calendars import Calendars
from app.api.claims import Claims
from app.api.collection import ClientClaims, ClientPayouts, CollectionClients, CollectionDues, CollectionPlans
from app.api.collection_files import CollectionFiles
from app.api.confirmation_notices import ConfirmationNotices
from app.api.confirmations import Confirmations
from app.api.corrections import Corrections, OverDebits
from app.api.credit_notes import CreditNotes
from app.api.eligibility import EligibilityChecks
from app.api.evidence import Evidence
from app.api.explanations import Explanations
from app.api.facilities import Facilities
from app.api.failed_debits import FailedDebits
from app.api.financing_changes import FinancingChanges, LegalLimits, LenderProfiles, Limits, ReferenceRates
from app.api.late_interest import LateInterests
from app.api.ledger import Ledger
from app.api.mandate_enrolment import MandateEnrolment
from app.api.mandates import Mandates
from app.api.parties import Parties
from app.api.parts import Parts, Splits, Transfers
from app.api.payables import Programmes
from app.api.payables_early import EarlyPaymentOrders, EarlyPayments
from app.api.payables_uploads import PayablesUploads
from app.api.pool_analysis import PoolAnalysis
from app.api.pool_explanations import PoolExplanations
from app.api.pool_interest import PoolInterest
from app.api.pool_versions import PoolVersions
from app.api.pools import Pools, SweepProposals, Takings
from app.api.portfolios import Portfolios
from app.api.positions import Positions
from app.api.receivables import ReceivableEndpoints
from app.api.reconciliation import Reconciliation
from app.api.repayments import Repayments
from app.api.requests import OfferEndpoints, Requests
from app.api.runs import Instructions, Runs
from app.api.sales_advances import MerchantSales, SalesAdvances
from app.api.sales_repayments import SalesRepayments
from app.api.sales_servicing import SalesServicing, SalesWriteOffs
from app.api.sandbox import SandboxClock
from app.api.servicing import Provisions, Servicing, WriteOffs
from app.api.session import Session
from app.api.statements import Statements
from app.api.takings import TakingsBook
from app.api.wallet_refunds import WalletRefunds

CONTROLLERS = [
    Session,
    ApiKeys,
    Parties,
    BankAccounts,
    ReceivableEndpoints,
    Confirmations,
    ConfirmationNotices,
    EligibilityChecks,
    Portfolios,
    Claims,
    CreditNotes,
    Parts,
    Splits,
    Transfers,
    LateInterests,
    WalletRefunds,
    Facilities,
    FinancingChanges,
    Limits,
    ReferenceRates,
    LegalLimits,
    LenderProfiles,
    Requests,
    OfferEndpoints,
    Advances,
    FundingOrders,
    SalesAdvances,
    SalesServicing,
    SalesRepayments,
    SalesWriteOffs,
    FailedDebits,
    MerchantSales,
    Explanations,
    PoolExplanations,
    Evidence,
    Agents,
    AgentPolicies,
    AgentSales,
    AgentPeriods,
    Deposits,
    AgentDefaults,
    AgentClaims,
    Programmes,
    PayablesUploads,
    EarlyPayments,
    EarlyPaymentOrders,
    Servicing,
    WriteOffs,
    Provisions,
    Repayments,
    Pools,
    PoolVersions,
    PoolInterest,
    PoolAnalysis,
    SweepProposals,
    Takings,
    TakingsBook,
    Positions,
    Mandates,
    MandateEnrolment,
    CollectionClients,
    CollectionFiles,
    CollectionPlans,
    CollectionDues,
    ClientPayouts,
    ClientClaims,
    Runs,
    Instructions,
    BankConnections,
    BankMessages,
    Corrections,
    OverDebits,
    Statements,
    Reconciliation,
    Ledger,
    SandboxClock,
    Calendars,
]
