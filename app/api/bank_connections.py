"""How banks are spoken to, and the messages made for them."""

from typing import Annotated

from litestar import Controller
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK

from app.api.bank_connections_dto import (
    BankMessageView,
    ConnectionsView,
    ConnectionView,
    SetConnection,
    connection_view,
    message_view,
)
from app.deps import Work
from app.endpoints import command, query, replacement
from app.fields import ReasonBody, in_path
from app.paging import DEFAULT_LIMIT, Cursor, Limit, Page, filters_of, listed
from domain.access.rules import Permission
from domain.access.tenants import tenant_of
from domain.banking import connections
from domain.banking.listings import MESSAGES
from domain.banking.preparation import MESSAGE_PREFIX
from domain.banking.tables import BankMessage

BankPath = Annotated[
    str,
    PathParameter(
        pattern=r"^[0-9A-Z]{8,14}$", description="BIC or clearing code.", examples=[Example(value="102100099996")]
    ),
]
MessagePath = Annotated[str, in_path(MESSAGE_PREFIX, "The message.")]
Filters = Annotated[list[str] | None, filters_of(MESSAGES)]


class BankConnections(Controller):
    """What each bank wants of its files, and until when."""

    path = "/bank-connections"
    tags = ("banks",)

    @query("/", needs=Permission.BANKS_READ)
    def list_bank_connections(self, work: NamedDependency[Work]) -> ConnectionsView:
        """List the banks that have settings of their own."""
        work.whole_group()
        found = connections.connections(work.session)
        return ConnectionsView(items=[connection_view(connection) for connection in found.values()])

    @replacement("/{bank_id:str}", needs=Permission.BANKS_WRITE)
    def set_bank_connection(
        self, work: NamedDependency[Work], bank_id: BankPath, data: JSONBody[SetConnection]
    ) -> ConnectionView:
        """Say how a bank is spoken to from now on; messages made before stay as they are."""
        work.whole_group()
        connections.set_connection(
            work.session,
            bank_id,
            profile=data.profile,
            channel=data.channel,
            zone=tenant_of(work.session).zone,
            cut_offs=data.times(),
            actor=work.actor,
            clock=work.clock,
        )
        return connection_view(connections.connections(work.session)[bank_id])


class BankMessages(Controller):
    """Files for banks, what is held of them and why."""

    path = "/bank-messages"
    tags = ("banks",)

    @query("/", needs=Permission.BANKS_READ)
    def list_bank_messages(
        self,
        work: NamedDependency[Work],
        filters: Filters = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Page[BankMessageView]:
        """List messages, newest first."""
        return listed(work, MESSAGES, message_view, filters=filters, cursor=cursor, limit=limit)

    @query("/{message_id:str}", needs=Permission.BANKS_READ)
    def get_bank_message(self, work: NamedDependency[Work], message_id: MessagePath) -> BankMessageView:
        """Show a message and what its bank would not like about it."""
        work.whole_group()
        return message_view(work.find(BankMessage, MESSAGE_PREFIX, message_id, kind="message"))

    @command("/{message_id:str}/overrule", needs=Permission.BANKS_WRITE, status_code=HTTP_200_OK)
    def overrule_findings(
        self, work: NamedDependency[Work], message_id: MessagePath, data: JSONBody[ReasonBody]
    ) -> BankMessageView:
        """Send a held message all the same."""
        work.whole_group()
        message = work.find(BankMessage, MESSAGE_PREFIX, message_id, kind="message")
        connections.overrule_findings(work.session, message.id, reason=data.reason, actor=work.actor, clock=work.clock)
        return message_view(message)
