"""Bank accounts: registered by one, verified by another, replaced, closed."""

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from app.api.bank_accounts_dto import AccountList, AccountView, RegisterAccount, ReplaceAccount, account_view
from app.api.parties import visible_party
from app.deps import Work
from app.endpoints import command, query
from app.fields import AccountPath, PartyPath, ReasonBody
from domain.access.rules import Permission
from domain.parties import accounts, queries
from domain.parties.accounts import PREFIX, NewBankAccount
from domain.parties.tables import BankAccount
from domain.platform.ids import parse_public_id


class BankAccounts(Controller):
    """Where money goes to and comes from."""

    tags = ("parties",)

    @query("/parties/{party_id:str}/bank-accounts", needs=Permission.PARTIES_READ)
    def list_bank_accounts(self, work: NamedDependency[Work], party_id: PartyPath) -> AccountList:
        """List a party's bank accounts."""
        party = visible_party(work, party_id)
        return AccountList(items=[account_view(account) for account in queries.accounts_of(work.session, party.id)])

    @command("/parties/{party_id:str}/bank-accounts", needs=Permission.PARTIES_WRITE)
    def register_bank_account(
        self, work: NamedDependency[Work], party_id: PartyPath, data: JSONBody[RegisterAccount]
    ) -> AccountView:
        """Register a bank account.

        It can be paid once somebody else has verified it and the cooling-off days are over.
        """
        new = NewBankAccount(
            party_id=visible_party(work, party_id).id,
            holder_name=data.holder_name,
            bank_id=data.bank_id,
            number=data.number,
            currency=data.currency,
            own=data.own,
        )
        added = accounts.add_bank_accounts(work.session, [new], work.keys, actor=work.actor, clock=work.clock)
        return account_view(added[0])

    @query("/bank-accounts/{account_id:str}", needs=Permission.PARTIES_READ)
    def get_bank_account(self, work: NamedDependency[Work], account_id: AccountPath) -> AccountView:
        """Show a bank account."""
        return account_view(_visible_account(work, account_id))

    @command("/bank-accounts/{account_id:str}/verify", needs=Permission.ACCOUNTS_VERIFY, status_code=HTTP_200_OK)
    def verify_bank_account(self, work: NamedDependency[Work], account_id: AccountPath) -> AccountView:
        """Verify a bank account.

        By another than who registered it. An account that replaces one closes it at this moment.
        """
        account = _visible_account(work, account_id)
        verified = accounts.verify_bank_account(work.session, account.id, actor=work.actor, clock=work.clock)
        return account_view(verified)

    @command("/bank-accounts/{account_id:str}/replace", needs=Permission.PARTIES_WRITE)
    def replace_bank_account(
        self, work: NamedDependency[Work], account_id: AccountPath, data: JSONBody[ReplaceAccount]
    ) -> AccountView:
        """Register what replaces a bank account.

        The old one is paid until the new one is verified.
        """
        changed = accounts.change_bank_account(
            work.session,
            _visible_account(work, account_id).id,
            number=data.number,
            bank_id=data.bank_id,
            holder_name=data.holder_name,
            keys=work.keys,
            actor=work.actor,
            clock=work.clock,
        )
        return account_view(changed)

    @command("/bank-accounts/{account_id:str}/close", needs=Permission.PARTIES_WRITE, status_code=HTTP_200_OK)
    def close_bank_account(
        self, work: NamedDependency[Work], account_id: AccountPath, data: JSONBody[ReasonBody]
    ) -> AccountView:
        """Close a bank account for good."""
        account = _visible_account(work, account_id)
        accounts.close_bank_account(work.session, account.id, actor=work.actor, clock=work.clock, reason=data.reason)
        return account_view(account)


def _visible_account(work: Work, reference: str) -> BankAccount:
    account = queries.account(work.session, parse_public_id(PREFIX, reference))
    work.confine(account.party_id, kind="bank account", reference=reference)
    return account
