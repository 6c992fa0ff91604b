"""The JSON of workspaces, and of the credits an administrator gives them."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.accounts.limits import Changes
from limner.accounts.workspace import NAME, Workspace
from limner.api.wire.credits import amount_of
from limner.api.wire.limits import SpentBody, WorkspaceOptions, spent_body, workspace_options
from limner.errors import InvalidParams
from limner.jobs.spent import Spent
from limner.ledger.ledger import Posting

MICROSECONDS = 1_000_000


class NewWorkspace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^{NAME.pattern}$"})]
    options: WorkspaceOptions = msgspec.field(default_factory=WorkspaceOptions)
    plan: str | None = None


class WorkspaceChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new plan begins at once with its first month; null is none."""

    options: WorkspaceOptions | UnsetType = UNSET
    plan: str | UnsetType | None = UNSET

    def changes(self) -> tuple[Changes, str | UnsetType | None]:
        """What is to be changed. Raises InvalidParams where that is nothing."""
        if self.options is UNSET and self.plan is UNSET:
            raise InvalidParams("say what to change: options, plan or both", param="options")
        return {} if self.options is UNSET else self.options.changes(), self.plan


class WorkspaceBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`used` is in the answer of one workspace, `plan` where it is on one."""

    id: str
    object: str
    name: str
    created: int
    options: WorkspaceOptions
    plan: str | UnsetType = UNSET
    plan_renews: int | UnsetType = UNSET
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
        return amount_of(self.credits)


class PostingBody(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: credits that moved from `debit` to `credit`."""

    operation: str
    at: int
    kind: str
    debit: str
    credit: str
    credits: float
    job_id: str | None
    corrects: str | None
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
        plan=workspace.plan or UNSET,
        plan_renews=(workspace.plan_renews_at or 0) // MICROSECONDS or UNSET,
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
        corrects=posting.corrects,
        note=posting.note,
    )
