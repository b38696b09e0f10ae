"""What payers owe a client, brought in by the thousand: bills in a request, plans in a file."""

from litestar import Controller
from litestar.di import NamedDependency
from litestar.params import JSONBody, RawBody

from app.api.collection import visible_client
from app.api.collection_files_dto import FileReportView, RegisterBills, RegisteredBillsView, billed_view, report_view
from app.deps import Work
from app.endpoints import command, upload
from app.fields import ClientPath, FileName
from domain.access.rules import Permission
from domain.collection import bills
from domain.collection.plan_file import import_plans

MAX_BODY = 4 * 1024 * 1024  # ten thousand bills of some 200 bytes, and room for long references in Chinese


class CollectionFiles(Controller):
    """Dues and plans in bulk."""

    path = "/collection/clients"
    tags = ("collection",)

    @command("/{client_id:str}/dues", needs=Permission.COLLECTION_WRITE, request_max_body_size=MAX_BODY)
    def register_dues(
        self, work: NamedDependency[Work], client_id: ClientPath, data: JSONBody[RegisterBills]
    ) -> RegisteredBillsView:
        """Register what payers owe once, up to 10,000 at a time.

        Each by itself: those in order are dues, the others are answered with their reasons.
        """
        client = visible_client(work, client_id)
        asked = [item.value(place) for place, item in enumerate(data.items)]
        billed, refused = bills.register_bills(
            work.session, client.id, asked, calendar=work.calendar, actor=work.actor, clock=work.clock
        )
        return billed_view(asked, billed, refused)

    @upload("/{client_id:str}/plans/imports", needs=Permission.COLLECTION_WRITE)
    def import_collection_plans(
        self, work: NamedDependency[Work], client_id: ClientPath, body: RawBody, file_name: FileName
    ) -> FileReportView:
        """Register the plans of a CSV or XLSX file, all of them or none.

        The body is the file itself. With a fault in any row nothing is registered, and each is answered with row,
        column and remedy. A row without a kind is owed once; instalments have a row for each part.
        """
        client = visible_client(work, client_id)
        report = import_plans(
            work.session,
            client.id,
            content=body,
            file_name=file_name,
            calendar=work.calendar,
            actor=work.actor,
            clock=work.clock,
        )
        return report_view(report)
