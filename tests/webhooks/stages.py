"""A workspace with webhooks and jobs on a real database, and senders that tell what happens."""

from dataclasses import dataclass, field
from typing import cast

from tests.jobs.orders import SECRET, admission, finish, jobs_on, run, workspace_with

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.fetch.reach import Reach
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs
from limner.ledger.wallet import LedgerName
from limner.vault import Vault
from limner.webhooks.sender import Due, Sender
from limner.webhooks.webhook import Address, Delivery
from limner.webhooks.webhooks import Owner, Wanted, Webhooks

BASE = "http://limner.example"
NEARBY = Reach.of("127.0.0.0/8")
HOUR_US = 3600 * 1_000_000


async def small_body(due: Due, base: str) -> bytes:
    return f'{{"type":"{due.type}","job":"{due.job_id}","base":"{base}"}}'.encode()


@dataclass
class Stage:
    database: Database
    workspace: Workspace
    vault: Vault = field(default_factory=lambda: Vault(SECRET))
    ledger: LedgerName = "live"

    @property
    def owner(self) -> Owner:
        return Owner(self.workspace.id, self.ledger)

    @property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.database, self.vault, NEARBY)

    @property
    def jobs(self) -> Jobs:
        return jobs_on(self.database)

    def sender(self, timeout_s: float = 5.0) -> Sender:
        """One more process that tells."""
        return Sender(self.database, self.vault, NEARBY, small_body, timeout_s=timeout_s)

    async def webhook(self, url: str, *events: str) -> tuple[str, str]:
        """The id and the secret of a new one."""
        made, secret = await self.webhooks.create(self.owner, Address(url, BASE), events or ("*",))
        return made.id, secret

    async def admitted(self, **changes: object) -> tuple[Jobs, Ticket]:
        jobs = self.jobs
        return jobs, await jobs.admit(admission(self.workspace, 0, ledger=self.ledger, **changes))

    async def completed(self, **changes: object) -> str:
        """The id of a job that has ended well."""
        jobs, ticket = await self.admitted(**changes)
        await finish(jobs, ticket, 0)
        return ticket.job_id

    async def told(self, **wanted: object) -> list[Delivery]:
        """What there is to tell and was told, oldest first."""
        found, _ = await self.webhooks.deliveries(self.owner, Wanted(most=50, **wanted))  # type: ignore[arg-type]  # names are the fields'
        return found[::-1]

    async def later(self, hours: float) -> None:
        """Let time go by, as the database's rows see it."""
        past = {"us": int(hours * HOUR_US)}
        await run(
            self.database,
            """
            UPDATE webhook_delivery SET since = since - CAST(:us AS BIGINT),
                   due_at = due_at - CAST(:us AS BIGINT),
                   created_at = created_at - CAST(:us AS BIGINT)
            """,
            past,
        )
        await run(
            self.database,
            """
            UPDATE webhook SET failing_since = failing_since - CAST(:us AS BIGINT),
                               old_until = old_until - CAST(:us AS BIGINT)
            """,
            past,
        )

    async def waits_s(self) -> list[float]:
        """Seconds until each pending delivery is due."""
        rows = await self.database.fetch(
            "SELECT due_at - NOW_US() FROM webhook_delivery WHERE state = 'pending' ORDER BY due_at"
        )
        return [cast(int, row[0]) / 1_000_000 for row in rows]


async def tell(*senders: Sender) -> None:
    """Tell all that is due now, to the end."""
    for sender in senders:
        await sender.send_due()
    for sender in senders:
        await sender.idle()


async def stage_on(database: Database, ledger: LedgerName = "live", name: str = "studio") -> Stage:
    return Stage(database, await workspace_with(database, 0, name), ledger=ledger)
