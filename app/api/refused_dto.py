"""A proposal that was refused, or taken back by whoever made it."""

from typing import Annotated

import msgspec

from app.fields import Digest, Moment
from domain.approvals.states import ApprovalState
from domain.approvals.tables import Approval


class RefusedView(msgspec.Struct, kw_only=True):
    """What was proposed and is not done; the same may be proposed anew."""

    digest: Digest
    state: ApprovalState
    made_by: str
    refused_by: str
    refused_at: Moment
    taken_back: Annotated[bool, msgspec.Meta(description="Whether it was its maker who refused it.")]


def refused_view(row: Approval) -> RefusedView:
    """The proposal as the API shows it."""
    assert row.decided_by is not None, "it is decided"
    assert row.decided_at is not None, "and at a time"
    return RefusedView(
        digest=row.digest,
        state=row.state,
        made_by=row.made_by,
        refused_by=row.decided_by,
        refused_at=row.decided_at,
        taken_back=row.decided_by == row.made_by,
    )
