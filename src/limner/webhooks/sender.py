"""The sender of one process tells what waits to be told, many receivers at a time.

What it sends it has claimed for a minute; should it die, another tells it then. So everything is
told at least once, always under the id of its event. A receiver has a few deliveries at a time, so
one that is slow takes up no more than its share.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

import structlog

from limner.clock import Clock, wall
from limner.db.base import Database, DatabaseAway, DatabaseFull, Row, Value
from limner.failpoints import reached
from limner.fetch.guard import NotFetched, guarded_post
from limner.fetch.reach import Reach
from limner.ledger.wallet import LedgerName
from limner.vault import Vault
from limner.webhooks import sending_store as store
from limner.webhooks import signing
from limner.webhooks.schedule import wait_us
from limner.webhooks.webhook import Address, address_of, address_of_job

log = structlog.get_logger()

AT_ONCE = 64
AT_ONCE_OF_ONE = 4
LOOK_S = 0.5
"""How often to look for what is due, while all there is room for is being told."""
TOTAL_S = 15.0
LEASE_US = 60_000_000
MOST_ANSWER = 4096
GONE = 410


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come, as a row of `store.DUE`."""

    id: str
    event_id: str
    type: str
    workspace_id: str
    ledger: LedgerName
    webhook_id: str | None
    job_id: str | None
    target: str
    data: str | None
    tries: int
    step: int
    created_at: int

    def params(self) -> dict[str, Value]:
        """What identifies it once it is claimed."""
        return {
            "delivery_id": self.id,
            "workspace_id": self.workspace_id,
            "webhook_id": self.webhook_id,
            "tries": self.tries + 1,
        }


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom to tell, and with which secrets, the newest first."""

    address: Address
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int | None
    error: str | None
    duration_ms: int

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


Body = Callable[[Due, str], Awaitable[bytes]]
"""What a delivery says, with links that begin with the address given."""


class Sender:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        reach: Reach,
        body: Body,
        *,
        clock: Clock = wall,
        timeout_s: float = TOTAL_S,
    ) -> None:
        self._database = database
        self._vault = vault
        self._reach = reach
        self._body = body
        self._clock = clock
        self._timeout_s = timeout_s
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._busy: Counter[str] = Counter()

    async def tend(self) -> None:
        """Tell all that is due: as soon as there is room for more, more is begun."""
        while await self.send_due():
            await asyncio.wait(
                self._telling.values(), timeout=LOOK_S, return_when="FIRST_COMPLETED"
            )

    async def send_due(self) -> bool:
        """Begin to tell what is due; whether there was more of it than room."""
        more = False
        for due in map(due_of, await self._database.fetch(store.DUE)):
            if due.id in self._telling:
                continue
            if len(self._telling) < AT_ONCE and self._busy[due.target] < AT_ONCE_OF_ONE:
                self._begin(due)
            else:
                more = True
        return more

    def _begin(self, due: Due) -> None:
        self._busy[due.target] += 1
        task = asyncio.create_task(self._tell(due), name=f"tell {due.id}")
        task.add_done_callback(lambda _: self._ended(due))
        self._telling[due.id] = task

    def _ended(self, due: Due) -> None:
        del self._telling[due.id]
        self._busy[due.target] -= 1
        if not self._busy[due.target]:
            del self._busy[due.target]

    async def idle(self) -> None:
        """Return when nothing is being told."""
        while self._telling:
            await asyncio.wait(self._telling.values())

    async def close(self, patience_s: float) -> None:
        """Let what is being told come to its end for a moment; the rest is told by others."""
        tasks = list(self._telling.values())
        if tasks:
            await asyncio.wait(tasks, timeout=patience_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Forget what was told long ago."""
        while await self._database.fetch(store.ANY_OVER):
            await self._database.write(store.SWEEP, {})

    async def _tell(self, due: Due) -> None:
        """Whatever goes wrong, the delivery stays and is due again when its claim has ended."""
        try:
            claim: dict[str, Value] = {
                **due.params(),
                "tries": due.tries,
                "lease_us": LEASE_US,
            }
            if (await self._database.write(store.CLAIM, claim)).refusal:
                return
            receiver = await self._receiver(due)
            if receiver is None:
                await self._database.write(store.GIVEN_UP, due.params())
                return
            body = await self._body(due, receiver.address.base)
            await reached("tell.before", DatabaseAway("a test wants it away"))
            outcome = await self._sent(due, receiver, body)
            await reached("tell.after", DatabaseAway("a test wants it away"))
            await self._record(due, outcome)
        except (DatabaseAway, DatabaseFull) as error:
            log.warning("webhook_waits", delivery_id=due.id, error=type(error).__name__)
        except Exception:  # a fault in telling one must not keep the others from being told
            log.exception("webhook_stumbled", delivery_id=due.id)

    async def _receiver(self, due: Due) -> Receiver | None:
        """None for one that is switched off or gone."""
        if due.webhook_id is not None:
            rows = await self._database.fetch(store.TO_WEBHOOK, {"webhook_id": due.webhook_id})
        else:
            rows = await self._database.fetch(store.TO_JOB, {"job_id": due.job_id})
        if not rows:
            return None
        kept, *sealed = cast(tuple[str, str | None, str | None], rows[0])
        owner = due.webhook_id or due.workspace_id
        secrets = [self._vault.open(one, about=f"webhook-secret/{owner}") for one in sealed if one]
        if due.webhook_id is None:
            # Signed even before anybody wanted to check it; that secret was never shown.
            secrets = secrets or [signing.written(own_secret(due, self._vault))]
            return Receiver(address_of_job(kept, owner, self._vault), secrets)
        return Receiver(address_of(kept, owner, self._vault), secrets)

    async def _sent(self, due: Due, receiver: Receiver, body: bytes) -> Outcome:
        headers = signing.headers(due.event_id, int(self._clock()), body, receiver.secrets)
        begun = time.monotonic()
        status, error = None, None
        try:
            posted = await guarded_post(
                receiver.address.url,
                headers=headers,
                body=body,
                limit_bytes=MOST_ANSWER,
                timeout_s=self._timeout_s,
                reach=self._reach,
            )
            status = posted.status
        except NotFetched as failure:
            error = failure.reason
        return Outcome(status, error, int((time.monotonic() - begun) * 1000))

    async def _record(self, due: Due, outcome: Outcome) -> None:
        params = due.params() | {
            "duration_ms": outcome.duration_ms,
            "status": outcome.status,
            "error": outcome.error,
        }
        if outcome.good:
            await self._database.write(store.DELIVERED, params)
            return
        gone = outcome.status == GONE
        params |= {"wait_us": wait_us(due.step), "gone": int(gone)}
        written = await self._database.write(store.NOT_DELIVERED, params)
        log.warning(
            "webhook_failed",
            delivery_id=due.id,
            webhook_id=due.webhook_id,
            status=outcome.status,
            error=outcome.error,
        )
        if due.webhook_id is not None and written.refusal is None:
            await self._switch_off(due, "gone" if gone else "failing")

    async def _switch_off(self, due: Due, state: str) -> None:
        params = due.params() | {"state": state}
        if (await self._database.write(store.SWITCH_OFF, params)).refusal is None:
            log.warning("webhook_switched_off", webhook_id=due.webhook_id, reason=state)


def due_of(row: Row) -> Due:
    return Due(
        *cast(
            tuple[
                str, str, str, str, LedgerName, str | None, str | None, str, str | None, int, int,
                int,
            ],
            row,
        )
    )  # fmt: skip


def own_secret(due: Due, vault: Vault) -> bytes:
    return bytes.fromhex(vault.digest(f"webhook-secret/{due.workspace_id}/{due.ledger}"))
