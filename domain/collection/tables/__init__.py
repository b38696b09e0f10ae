"""Rows of collection: mandates and their versions, clients and what they are paid, plans, dues and notices."""

from domain.collection.tables.clients import Client, ClientClaim, ClientPayout
from domain.collection.tables.dues import CollectionHorizon, Due, DunningNotice, NoticeProof, Plan, Prenotice
from domain.collection.tables.mandates import TERMS, DebitRefusal, Mandate, MandateFields, MandateVersion
from domain.collection.tables.registrations import MandateRegistration

__all__ = [
    "TERMS",
    "Client",
    "ClientClaim",
    "ClientPayout",
    "CollectionHorizon",
    "DebitRefusal",
    "Due",
    "DunningNotice",
    "Mandate",
    "MandateFields",
    "MandateRegistration",
    "MandateVersion",
    "NoticeProof",
    "Plan",
    "Prenotice",
]
