"""The API: one module per resource, its request and view structs beside it in `*_dto.py`."""

from app.api.advances import Advances, FundingOrders
from app.api.api_keys import ApiKeys
from app.api.bank_accounts import BankAccounts
from app.api.confirmations import Confirmations
from app.api.credit_notes import CreditNotes
from app.api.facilities import Facilities
from app.api.ledger import Ledger
from app.api.mandates import Mandates
from app.api.parties import Parties
from app.api.pools import Pools, SweepProposals, Takings
from app.api.positions import Positions
from app.api.receivables import ReceivableEndpoints
from app.api.reconciliation import Reconciliation
from app.api.repayments import Repayments
from app.api.requests import OfferEndpoints, Requests
from app.api.runs import Instructions, Runs
from app.api.sandbox import SandboxClock
from app.api.servicing import Provisions, Servicing, WriteOffs
from app.api.session import Session
from app.api.statements import Statements
from app.api.takings import TakingsBook

CONTROLLERS = [
    Session,
    ApiKeys,
    Parties,
    BankAccounts,
    ReceivableEndpoints,
    Confirmations,
    CreditNotes,
    Facilities,
    Requests,
    OfferEndpoints,
    Advances,
    FundingOrders,
    Servicing,
    WriteOffs,
    Provisions,
    Repayments,
    Pools,
    SweepProposals,
    Takings,
    TakingsBook,
    Positions,
    Mandates,
    Runs,
    Instructions,
    Statements,
    Reconciliation,
    Ledger,
    SandboxClock,
]
