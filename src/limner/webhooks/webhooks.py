"""What a workspace can do with its webhooks; a live key sees those of live work, a test key others.

A secret is told once, in the answer that made it. An address is refused where it leads inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import cast

from limner.db.base import Database, Row, Value, Write
from limner.errors import Conflict, InvalidParams, NotFound, UnsafeWebhookUrl
from limner.fetch.guard import LONGEST_URL, FetchRefused, checked, refuse_unsafe
from limner.fetch.reach import Reach
from limner.ids import new_id
from limner.ledger.wallet import LedgerName
from limner.vault import Vault
from limner.webhooks import signing, store
from limner.webhooks.outbox import PING, event_params
from limner.webhooks.webhook import (
    Address,
    Attempt,
    Delivery,
    Progress,
    State,
    Webhook,
    of_job,
    webhook_of,
)

LOOK_UP_S = 3.0


@dataclass(frozen=True, slots=True)
class Owner:
    workspace_id: str
    ledger: LedgerName

    def params(self) -> dict[str, Value]:
        return {"workspace_id": self.workspace_id, "ledger": self.ledger}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to show, newest first."""

    most: int
    webhook_id: str | None = None
    job_id: str | None = None
    state: Progress | None = None
    after: str | None = None


class Webhooks:
    def __init__(self, database: Database, vault: Vault, reach: Reach) -> None:
        self._database = database
        self._vault = vault
        self._reach = reach

    async def create(
        self, owner: Owner, address: Address, events: Sequence[str]
    ) -> tuple[Webhook, str]:
        """A webhook and its secret. Raises UnsafeWebhookUrl, Conflict where there are too many."""
        await self._refuse_unsafe(address.url, "url")
        webhook_id, secret = new_id("wh"), signing.minted()
        params = owner.params() | {
            "webhook_id": webhook_id,
            "address": address.sealed(webhook_id, self._vault),
            "events": " ".join(events),
            "secret": self._sealed(secret, webhook_id),
        }
        if (await self._database.write(store.NEW_WEBHOOK, params)).refusal:
            raise Conflict(f"a workspace has at most {store.MOST_WEBHOOKS} webhooks; remove one")
        return await self.webhook(owner, webhook_id), secret

    async def webhooks(self, owner: Owner) -> list[Webhook]:
        rows = await self._database.fetch(store.WEBHOOKS, owner.params())
        return [webhook_of(row, self._vault) for row in rows]

    async def webhook(self, owner: Owner, webhook_id: str) -> Webhook:
        """Raises NotFound alike for an unknown id and for another workspace's."""
        params = owner.params() | {"webhook_id": webhook_id}
        rows = await self._database.fetch(store.WEBHOOK, params)
        if not rows:
            raise unknown(webhook_id)
        return webhook_of(rows[0], self._vault)

    async def change(
        self,
        owner: Owner,
        webhook_id: str,
        *,
        address: Address | None,
        events: Sequence[str] | None,
        enabled: bool | None,
    ) -> Webhook:
        """What is None stays. Switching on ends the count of failures. Raises NotFound."""
        webhook = await self.webhook(owner, webhook_id)
        if address is not None:
            await self._refuse_unsafe(address.url, "url")
        state: State = webhook.state
        if enabled is not None and enabled != (state == "enabled"):
            state = "enabled" if enabled else "disabled"
        params = owner.params() | {
            "webhook_id": webhook_id,
            "address": (address or webhook.address).sealed(webhook_id, self._vault),
            "events": " ".join(webhook.events if events is None else events),
            "state": state,
        }
        await self._changed(store.CHANGE, params, webhook_id)
        return await self.webhook(owner, webhook_id)

    async def remove(self, owner: Owner, webhook_id: str) -> None:
        """Forget a webhook and all it was told. Raises NotFound."""
        await self.webhook(owner, webhook_id)
        await self._database.write(store.REMOVE, owner.params() | {"webhook_id": webhook_id})

    async def rotate(self, owner: Owner, webhook_id: str) -> tuple[Webhook, str]:
        """A new secret; the one before signs beside it for a day. Raises NotFound."""
        secret = signing.minted()
        params = owner.params() | {
            "webhook_id": webhook_id,
            "secret": self._sealed(secret, webhook_id),
        }
        await self._changed(store.ROTATE, params, webhook_id)
        return await self.webhook(owner, webhook_id), secret

    async def new_secret(self, owner: Owner) -> str:
        """A new secret for the addresses that requests name themselves."""
        secret = signing.minted()
        params = owner.params() | {"secret": self._sealed(secret, owner.workspace_id)}
        await self._database.write(store.NEW_SECRET, params)
        return secret

    async def ping(self, owner: Owner, webhook_id: str) -> Delivery:
        """Tell a webhook something that means nothing. Raises NotFound, Conflict."""
        await self.webhook(owner, webhook_id)
        pinged = event_params(PING, {"webhook_id": webhook_id})
        params = owner.params() | pinged | {"webhook_id": webhook_id}
        written = await self._database.write(store.PINGED, params)
        if written.row is None:
            raise switched_off()
        return await self.delivery(owner, cast(str, written.row[0]))

    async def deliveries(self, owner: Owner, wanted: Wanted) -> tuple[list[Delivery], bool]:
        """Deliveries with their attempts, and whether there are older ones."""
        if wanted.webhook_id is not None:
            await self.webhook(owner, wanted.webhook_id)
        params = owner.params() | {
            "webhook_id": wanted.webhook_id,
            "job_id": wanted.job_id,
            "below": wanted.after,
            "state": wanted.state,
            "most": wanted.most + 1,
        }
        query = store.HISTORY if wanted.webhook_id is None else store.HISTORY_OF_ONE
        rows = await self._database.fetch(query, params)
        return await self._told(rows[: wanted.most]), len(rows) > wanted.most

    async def delivery(self, owner: Owner, delivery_id: str) -> Delivery:
        """Raises NotFound alike for an unknown id and for another workspace's."""
        params = owner.params() | {"delivery_id": delivery_id}
        rows = await self._database.fetch(store.DELIVERY, params)
        if not rows:
            raise NotFound("there is no such delivery, or it was made more than 30 days ago")
        return (await self._told(rows))[0]

    async def redeliver(self, owner: Owner, delivery_id: str) -> Delivery:
        """Tell once more, under the same event id. Raises NotFound, Conflict."""
        delivery = await self.delivery(owner, delivery_id)
        params = owner.params() | {"delivery_id": delivery_id}
        written = await self._database.write(store.REDELIVER, params)
        if written.refusal and delivery.state != "pending":
            raise switched_off()
        return await self.delivery(owner, delivery_id)

    async def kept_for_job(self, url: str, base: str, workspace_id: str) -> str:
        """An address that a request names, as its job keeps it. Raises UnsafeWebhookUrl."""
        await self._refuse_unsafe(url, "webhook_url")
        host = checked(url).raw_host or ""
        return of_job(Address(url, base), host, workspace_id, self._vault)

    async def _refuse_unsafe(self, url: str, param: str) -> None:
        if len(url) > LONGEST_URL:
            raise InvalidParams(f"{param} has at most {LONGEST_URL} characters", param=param)
        try:
            await refuse_unsafe(url, timeout_s=LOOK_UP_S, reach=self._reach)
        except FetchRefused as refused:
            raise UnsafeWebhookUrl(
                f"{param} cannot be called: {refused.reason}", param=param
            ) from None

    async def _changed(self, write: Write, params: dict[str, Value], webhook_id: str) -> None:
        if (await self._database.write(write, params)).refusal:
            raise unknown(webhook_id)

    async def _told(self, rows: Sequence[Row]) -> list[Delivery]:
        """Deliveries of their rows, with all attempts there were."""
        names = (f"delivery_{number}" for number in range(store.MOST_DELIVERIES))
        asked = zip_longest(names, (cast(str, row[0]) for row in rows), fillvalue="")
        attempts = await self._database.fetch(store.ATTEMPTS, dict(asked))
        by_delivery = {
            of: tuple(attempt_of(row) for row in own)
            for of, own in groupby(attempts, key=lambda row: row[0])
        }
        return [replace(delivery_of(row), attempts=by_delivery.get(row[0], ())) for row in rows]

    def _sealed(self, secret: str, owner_id: str) -> str:
        return self._vault.seal(secret, about=f"webhook-secret/{owner_id}")


def delivery_of(row: Row) -> Delivery:
    return Delivery(
        *cast(tuple[str, str, str, str | None, str | None, Progress, int, int, int], row)
    )


def attempt_of(row: Row) -> Attempt:
    return Attempt(*cast(tuple[int, int, int, int | None, str | None], row[1:]))


def unknown(webhook_id: str) -> NotFound:
    return NotFound(f"there is no webhook {webhook_id[:64]!r}")


def switched_off() -> Conflict:
    return Conflict("the webhook is switched off; switch it on with `enabled: true` first")
