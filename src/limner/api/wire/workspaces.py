"""The JSON of workspaces, and of the credits an administrator gives them."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.accounts.workspace import NAME, Workspace
from limner.api.wire.limits import SpentBody, WorkspaceOptions, spent_body, workspace_options
from limner.errors import InvalidParams
from limner.jobs.spent import Spent
from limner.ledger.ledger import Posting

MICROSECONDS = 1_000_000


class NewWorkspace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^{NAME.pattern}$"})]
    options: WorkspaceOptions = msgspec.field(default_factory=WorkspaceOptions)


class WorkspaceChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    options: WorkspaceOptions


class WorkspaceBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`used` is in the answer of one workspace."""

    id: str
    object: str
    name: str
    created: int
    options: WorkspaceOptions
    used: SpentBody | UnsetType = UNSET


class WorkspaceList(msgspec.Struct, frozen=True):
    object: str
    data: list[WorkspaceBody]


class NewCredits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`operation` names the move, so that saying it again changes nothing."""

    credits: int | float
    operation: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] | None = None

    def amount(self) -> int:
        """Micro-credits. Raises InvalidParams."""
        try:
            amount = money.parsed(str(self.credits))
        except ValueError as error:
            raise InvalidParams(f"{error}; nothing was written", param="credits") from None
        if amount == 0:
            raise InvalidParams("credits must not be 0; nothing was written", param="credits")
        return amount


class PostingBody(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: credits that moved from `debit` to `credit`."""

    operation: str
    at: int
    kind: str
    debit: str
    credit: str
    credits: float
    job_id: str | None
    note: str | None


class PostingList(msgspec.Struct, frozen=True):
    object: str
    data: list[PostingBody]


def workspace_body(workspace: Workspace, spent: Spent | None = None) -> WorkspaceBody:
    return WorkspaceBody(
        id=workspace.id,
        object="workspace",
        name=workspace.name,
        created=workspace.created_at // MICROSECONDS,
        options=workspace_options(workspace.options),
        used=spent_body(spent) if spent else UNSET,
    )


def posting_body(posting: Posting) -> PostingBody:
    return PostingBody(
        operation=posting.operation,
        at=posting.at // MICROSECONDS,
        kind=posting.kind,
        debit=posting.debit,
        credit=posting.credit,
        credits=money.wire(posting.amount),
        job_id=posting.job_id,
        note=posting.note,
    )
