"""Bills in a request, plans in a file, and what became of each."""

from datetime import date
from typing import Annotated

import msgspec

from app.api.collection_dto import PlanReference, RefusedPlanView, refused_plan_views
from app.api.receivables_dto import RowErrorView, row_error_view
from app.fields import DueId, MandateId, PlanId, body_date
from app.money_dto import MoneyDto
from domain.collection.bills import MAX_BILLS, Bill, Billed
from domain.collection.dues import PREFIX as DUE
from domain.collection.files import FileReport
from domain.collection.plans import RefusedPlan
from domain.collection.queries import PREFIX as MANDATE
from domain.platform.ids import parse_public_id, public_id


class RegisterBill(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a payer owes once; its mandate says who pays."""

    reference: PlanReference
    mandate_id: MandateId
    amount: MoneyDto
    due_on: date

    def value(self, place: int) -> Bill:
        """The bill as the service takes it. Raises NotFound, ValidationFailed."""
        due_on = body_date(f"items/{place}/due_on", self.due_on)
        return Bill(self.reference, parse_public_id(MANDATE, self.mandate_id), self.amount.money(), due_on)


class RegisterBills(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Bills of a client, each by itself."""

    items: Annotated[list[RegisterBill], msgspec.Meta(min_length=1, max_length=MAX_BILLS)]


class BilledView(msgspec.Struct, kw_only=True):
    """A bill that is a due now: its place in the request, from 0."""

    place: int
    due_id: DueId


class RegisteredBillsView(msgspec.Struct, kw_only=True):
    """What became of each bill."""

    registered: list[BilledView]
    refused: list[RefusedPlanView]


def billed_view(asked: list[Bill], billed: list[Billed], refused: list[RefusedPlan]) -> RegisteredBillsView:
    """What became of each."""
    return RegisteredBillsView(
        registered=[BilledView(place=each.place, due_id=public_id(DUE, each.due_id)) for each in billed],
        refused=refused_plan_views([bill.reference for bill in asked], refused),
    )


class FileReportView(msgspec.Struct, kw_only=True):
    """What became of a file: all of its plans are registered, or none, with every fault."""

    read: int
    registered: list[PlanId]
    refused: list[RowErrorView]


def report_view(report: FileReport) -> FileReportView:
    """The report as the API shows it."""
    return FileReportView(
        read=report.read, registered=report.made, refused=[row_error_view(error) for error in report.refused]
    )
