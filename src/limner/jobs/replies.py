"""Replies to requests that make something other than a job: said once, told again for a day.

The key is claimed before anything is made. Should this process die before it can say what came of
it, the key is free again after a minute.
"""

from dataclasses import dataclass
from typing import cast

import msgspec

from limner.db.base import Database, Statement, Value, Write
from limner.errors import IdempotencyInProgress, IdempotencyMismatch
from limner.jobs.repeat_store import HONOURED_US
from limner.vault import Vault

LEFT_US = 60 * 1_000_000

CLAIM = Write(
    "claim_reply",
    (
        Statement(
            f"""
            INSERT INTO idempotency (workspace_id, ledger, route, key, body_digest, at)
            VALUES (:owner, 'live', :route, :key, :body_digest, NOW_US())
            ON CONFLICT (workspace_id, ledger, route, key) DO UPDATE
            SET body_digest = excluded.body_digest, at = excluded.at, answer = NULL
            WHERE idempotency.at < excluded.at - {HONOURED_US}
               OR (idempotency.answer IS NULL AND idempotency.at < excluded.at - {LEFT_US})
            RETURNING key
            """,
            refusal="known",
        ),
    ),
    locks="owner",
)
OWN = "workspace_id = :owner AND ledger = 'live' AND route = :route AND key = :key"
KEEP = Write(
    "keep_reply",
    (Statement(f"UPDATE idempotency SET answer = :answer WHERE {OWN}"),),
    locks="owner",
)
RELEASE = Write(
    "release_reply",
    (Statement(f"DELETE FROM idempotency WHERE {OWN} AND answer IS NULL"),),
    locks="owner",
)
KNOWN = f"SELECT body_digest, answer FROM idempotency WHERE {OWN}"


class Reply(msgspec.Struct, frozen=True):
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with an idempotency key; `owner` is whoever the key belongs to."""

    owner: str
    route: str
    key: str
    body_digest: str

    def params(self) -> dict[str, Value]:
        return {"owner": self.owner, "route": self.route, "key": self.key}


class Replies:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def earlier(self, asked: Asked) -> Reply | None:
        """What the same request was answered before; None when it is the first, now claimed.

        Raises IdempotencyInProgress, IdempotencyMismatch.
        """
        params = asked.params()
        claim = params | {"body_digest": asked.body_digest}
        while (await self._database.write(CLAIM, claim)).refusal:
            rows = await self._database.fetch(KNOWN, params)
            if not rows:
                continue  # it was refused and its key freed at this moment
            digest, answer = cast(tuple[str, str | None], rows[0])
            if digest != asked.body_digest:
                raise IdempotencyMismatch(
                    "this Idempotency-Key was sent with another body before; nothing was done. "
                    "Use a fresh key for a new request",
                    param="Idempotency-Key",
                )
            if answer is None:
                raise IdempotencyInProgress(
                    "a request with this Idempotency-Key is being answered; ask again in a moment"
                )
            return msgspec.json.decode(self._vault.open(answer, about=about(asked)), type=Reply)
        return None

    async def keep(self, asked: Asked, reply: Reply) -> None:
        """Sealed, because a fresh API key may be in it."""
        sealed = self._vault.seal(msgspec.json.encode(reply).decode(), about=about(asked))
        await self._database.write(KEEP, asked.params() | {"answer": sealed})

    async def release(self, asked: Asked) -> None:
        """Free the key of a request that was refused."""
        await self._database.write(RELEASE, asked.params())


def about(asked: Asked) -> str:
    return f"{asked.owner}/{asked.route}/{asked.key}"
