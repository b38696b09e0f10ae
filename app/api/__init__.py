"""The API: one module per resource, its request and view structs beside it in `*_dto.py`."""

from app.api.api_keys import ApiKeys
from app.api.bank_accounts import BankAccounts
from app.api.ledger import Ledger
from app.api.parties import Parties
from app.api.sandbox import SandboxClock
from app.api.session import Session

CONTROLLERS = [Session, ApiKeys, Parties, BankAccounts, SandboxClock, Ledger]
