"""Admissions and artifacts for tests that are about jobs and not about pictures."""

import dataclasses

from limner.accounts.accounts import Accounts
from limner.accounts.workspace import Workspace
from limner.db.base import Database, Statement, Values, Write
from limner.files.artifact import Artifact
from limner.ids import new_id
from limner.jobs.job import Admission, Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.keeper import Keeper
from limner.ledger.ledger import Ledger
from limner.vault import Vault

SECRET = bytes(range(32))
LEASE_S = 30.0


def accounts(database: Database) -> Accounts:
    return Accounts(database, Vault(SECRET))


async def workspace_with(database: Database, amount: int, name: str = "studio") -> Workspace:
    """A new workspace with live credits, in micro-credits, from a top-up."""
    workspace = await accounts(database).create_workspace(name)
    if amount:
        await Ledger(database).grant(workspace.id, amount, "start")
    return workspace


def jobs_on(database: Database, lease_s: float = LEASE_S) -> Jobs:
    """The jobs of one more process."""
    return Jobs(database, Ledger(database), lease_s)


def admission(workspace: Workspace, held: int, **changes: object) -> Admission:
    plain = Admission(
        workspace_id=workspace.id,
        key_id="key_1",
        ledger="live",
        request_id="req_1",
        task="generate",
        modality="image",
        model="sketch-1",
        n=1,
        params="{}",
        quote="{}",
        held=held,
        provider="sketch",
        repeatable=False,
        deadline_s=60.0,
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # names are the fields'


def picture(ticket: Ticket, position: int = 0) -> Artifact:
    return Artifact(
        new_id("a"), ticket.job_id, position, 68, "ab" * 32, "image/png", 16, 16, seed=7
    )


async def finish(
    jobs: Jobs, ticket: Ticket, charged: int, *artifacts: Artifact, sealed: str | None = None
) -> None:
    await jobs.finish(ticket, artifacts, charged=charged, cost="{}", sealed=sealed)


async def run(database: Database, sql: str, params: Values | None = None) -> None:
    """Change rows behind the product's back, such as their times."""
    await database.write(Write("by_hand", (Statement(sql),)), params or {})


async def tended(keeper: Keeper) -> None:
    """One beat of a keeper, and what it may close after that."""
    await keeper.renew()
    await keeper.close()
