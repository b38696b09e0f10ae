"""What is planned on days of a bank calendar."""

from enum import StrEnum


class PlanKind(StrEnum):
    """What was planned."""

    RUN = "run"
    RETRY = "retry"
    DUE = "due"
