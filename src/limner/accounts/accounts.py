"""Who may do what: workspaces, their keys, and the caller behind a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from limner.accounts import store
from limner.accounts.api_key import (
    INVALID,
    PATTERN,
    SHOWN_CHARS,
    ApiKey,
    Caller,
    Kind,
    minted,
)
from limner.accounts.limits import (
    NONE,
    Changes,
    Limits,
    Options,
    changed,
    of_key,
    read,
    written,
)
from limner.accounts.polls import UNLIMITED, Polls
from limner.accounts.workspace import Workspace, checked_name
from limner.clock import Clock, monotonic
from limner.db.base import Database, Row, Value
from limner.errors import Conflict, Forbidden, InvalidApiKey, InvalidParams, NotFound
from limner.ids import new_id
from limner.ledger.budgets import budget_params
from limner.ledger.wallet import PLAY_CREDITS, account
from limner.vault import Vault

CACHE_S = 5.0
"""A revoked key stops working within this time everywhere."""
CACHE_KEYS = 10_000
LONGEST_LIFE_S = 100 * 366 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Known:
    """A cached answer: who a digest speaks for, nobody, or an administrator."""

    until: float
    caller: Caller | None
    admin: bool = False


class Accounts:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock = monotonic,
        server: Limits = NONE,
        polls: Polls | None = None,
    ) -> None:
        """`server` holds for every key that has nothing tighter."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self._server = server
        self.polls = polls or Polls(UNLIMITED)
        self._known: dict[str, Known] = {}
        self._changes = 0

    async def caller(self, api_key: str | None) -> Caller:
        """Who a key speaks for. Raises InvalidApiKey, alike for every way a key can be wrong."""
        known = await self._look_up(api_key)
        if known.caller is None:
            raise InvalidApiKey(INVALID)
        return known.caller

    async def administrator(self, api_key: str | None) -> None:
        """Let an admin key pass. Raises InvalidApiKey, or Forbidden for another kind of key."""
        known = await self._look_up(api_key)
        if known.caller is not None:
            raise Forbidden(
                "this needs an admin key (inf_admin_…); make one with `limner key create --admin`"
            )
        if not known.admin:
            raise InvalidApiKey(INVALID)

    async def _look_up(self, api_key: str | None) -> Known:
        if api_key is None or not PATTERN.fullmatch(api_key):
            return Known(0.0, None)
        digest = self._vault.digest(api_key)
        known = self._known.get(digest)
        if known is None or known.until < self._clock():
            changes = self._changes
            known = await self._read(digest)
            if changes == self._changes:  # else this may have been read just before
                self._remember(digest, known)
        return known

    def _remember(self, digest: str, known: Known) -> None:
        if len(self._known) >= CACHE_KEYS:
            self._known.clear()
        self._known[digest] = known

    async def _read(self, digest: str) -> Known:
        until = self._clock() + CACHE_S
        rows = await self._database.fetch(store.CALLER, {"digest": digest})
        if not rows:
            return Known(until, None)
        key_id, workspace_id, kind, allowed, own, theirs = cast(
            tuple[str, str, Kind, str, str, str], rows[0]
        )
        if kind == "admin":
            return Known(until, None, admin=True)
        models = msgspec.json.decode(allowed, type=tuple[str, ...])
        options = read(theirs, Options)
        holds = of_key(self._server, options, read(own, Limits))
        return Known(until, Caller(workspace_id, key_id, kind, models, holds, options))

    async def create_workspace(self, name: str) -> Workspace:
        """Raises InvalidParams for a bad name, Conflict for one that is taken."""
        workspace_id = new_id("ws")
        params = play_credits(workspace_id) | {"name": checked_name(name)}
        if (await self._database.write(store.NEW_WORKSPACE, params)).refusal:
            raise Conflict(f"there already is a workspace named {name!r}", param="name")
        return await self.workspace(workspace_id)

    async def workspaces(self) -> list[Workspace]:
        return [workspace_of(row) for row in await self._database.fetch(store.WORKSPACES)]

    async def workspace(self, word: str) -> Workspace:
        """A workspace by id or name. Raises NotFound."""
        rows = await self._database.fetch(store.WORKSPACE, {"word": word.replace("\0", "?")})
        if not rows:
            raise NotFound(f"there is no workspace {word!r}; `limner workspace list` shows them")
        return workspace_of(rows[0])

    async def create_key(
        self,
        workspace: Workspace | None,
        kind: Kind,
        name: str,
        *,
        allowed_models: Sequence[str] = ("*",),
        lives_s: int | None = None,
        limits: Limits = NONE,
    ) -> tuple[ApiKey, str]:
        """Mint a key; the second of the pair is the key itself, never to be had again.

        Only admin keys have no workspace. Raises InvalidParams.
        """
        if (workspace is None) != (kind == "admin"):
            raise InvalidParams("a key belongs to a workspace, unless it is an admin key")
        if lives_s is not None and not 0 < lives_s <= LONGEST_LIFE_S:
            raise InvalidParams("a key lives between 1 second and 100 years")
        key_id, secret = new_id("key"), minted(kind)
        owner = workspace.id if workspace else ""
        await self._database.write(
            store.NEW_KEY,
            {
                **budget_params(key_id, owner, kind, limits.max_budget_monthly_credits),
                "id": key_id,
                "workspace_id": workspace.id if workspace else None,
                "kind": kind,
                "name": checked_name(name),
                "digest": self._vault.digest(secret),
                "prefix": secret[:SHOWN_CHARS],
                "last_four": secret[-4:],
                "allowed_models": msgspec.json.encode(list(allowed_models)).decode(),
                "limits": written(limits),
                "lives_us": None if lives_s is None else lives_s * 1_000_000,
            },
        )
        return await self.key(key_id), secret

    async def key(self, key_id: str) -> ApiKey:
        rows = await self._database.fetch(store.KEY, {"id": key_id})
        if not rows:
            raise NotFound(f"there is no key {key_id!r}; `limner key list` shows them")
        return key_of(rows[0])

    async def keys(self, workspace: Workspace | None = None) -> list[ApiKey]:
        rows = await (
            self._database.fetch(store.KEYS_OF, {"id": workspace.id})
            if workspace
            else self._database.fetch(store.KEYS)
        )
        return [key_of(row) for row in rows]

    async def revoke_key(self, key_id: str) -> ApiKey:
        """Stop a key; this process forgets it at once, others within five seconds."""
        await self.key(key_id)
        await self._database.write(store.REVOKE_KEY, {"id": key_id})
        self._forget()
        return await self.key(key_id)

    async def limit_key(self, key_id: str, changes: Changes) -> ApiKey:
        """Set limits of a key; other servers follow within five seconds. Raises InvalidParams."""
        key = await self.key(key_id)
        if key.kind == "admin":
            raise InvalidParams("an admin key has no limits; nothing was changed")
        while True:
            before = await self._stored(store.LIMITS, key_id)
            after = changed(before, changes, Limits)
            most = read(after, Limits).max_budget_monthly_credits
            params = {
                **budget_params(key_id, key.workspace_id or "", key.kind, most),
                "id": key_id,
                "workspace_id": key.workspace_id,
                "before": before,
                "limits": after,
            }
            if not (await self._database.write(store.CHANGE_KEY, params)).refusal:
                self._forget()
                return await self.key(key_id)

    async def set_workspace(self, workspace_id: str, changes: Changes) -> Workspace:
        """Set options of a workspace; other servers follow within five seconds.

        Raises InvalidParams, NotFound.
        """
        await self.workspace(workspace_id)
        while True:
            before = await self._stored(store.OPTIONS, workspace_id)
            after = changed(before, changes, Options)
            most = read(after, Options).max_budget_monthly_credits
            params = {
                **budget_params(workspace_id, workspace_id, "live", most),
                "workspace_id": workspace_id,
                "before": before,
                "options": after,
            }
            if not (await self._database.write(store.CHANGE_WORKSPACE, params)).refusal:
                self._forget()
                return await self.workspace(workspace_id)

    async def _stored(self, query: str, owner_id: str) -> str:
        """What is set for a key or a workspace that is there, as it is written."""
        return cast(str, (await self._database.fetch(query, {"id": owner_id}))[0][0])

    def _forget(self) -> None:
        self._changes += 1
        self._known.clear()


def play_credits(workspace_id: str) -> dict[str, Value]:
    """The line that fills a new workspace's test wallet."""
    return {
        "workspace_id": workspace_id,
        "ledger": "test",
        "operation": f"play/{workspace_id}",
        "kind": "grant",
        "debit": "grants",
        "credit": account(workspace_id, "topup"),
        "amount": PLAY_CREDITS,
        "job_id": None,
        "corrects": None,
        "note": "play credits",
    }


def workspace_of(row: Row) -> Workspace:
    one = cast(tuple[str, str, int, str, str | None, int | None], row)
    return Workspace(*one[:3], read(one[3], Options), plan=one[4], plan_renews_at=one[5])


def key_of(row: Row) -> ApiKey:
    key = cast(
        tuple[str, str | None, Kind, str, str, str, str, int, int | None, int | None, str], row
    )
    models = msgspec.json.decode(key[6], type=tuple[str, ...])
    return ApiKey(*key[:6], models, *key[7:10], read(key[10], Limits))
