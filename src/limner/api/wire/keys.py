"""The JSON of keys, as administrators see them."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner.accounts.api_key import ApiKey
from limner.accounts.workspace import NAME
from limner.api.wire.limits import KeyLimits, SpentBody, key_limits, spent_body
from limner.jobs.spent import Spent

MICROSECONDS = 1_000_000
LONGEST_LIFE_S = 100 * 365 * 86_400


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`workspace` is a name or an id, and left out for an admin key, which has none."""

    name: Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^{NAME.pattern}$"})] = "key"
    kind: Literal["live", "test", "admin"] = "live"
    workspace: str | None = None
    allowed_models: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1)]], msgspec.Meta(min_length=1)
    ] = msgspec.field(default_factory=lambda: ["*"])
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_LIFE_S)] | None = None
    """Seconds."""
    limits: KeyLimits = msgspec.field(default_factory=KeyLimits)


class KeyChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limits: KeyLimits


class KeyBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`key` is there in the answer that made it, and never again; `used` in that of one key."""

    id: str
    object: str
    kind: str
    name: str
    workspace_id: str | None
    shown: str
    allowed_models: tuple[str, ...]
    created: int
    expires: int | None
    revoked: int | None
    limits: KeyLimits
    used: SpentBody | UnsetType = UNSET
    key: str | UnsetType = UNSET


class KeyList(msgspec.Struct, frozen=True):
    object: str
    data: list[KeyBody]


def key_body(key: ApiKey, secret: str | None = None, spent: Spent | None = None) -> KeyBody:
    return KeyBody(
        id=key.id,
        object="key",
        kind=key.kind,
        name=key.name,
        workspace_id=key.workspace_id,
        shown=f"{key.prefix}…{key.last_four}",
        allowed_models=key.allowed_models,
        created=key.created_at // MICROSECONDS,
        expires=None if key.expires_at is None else key.expires_at // MICROSECONDS,
        revoked=None if key.revoked_at is None else key.revoked_at // MICROSECONDS,
        limits=key_limits(key.limits),
        used=spent_body(spent) if spent else UNSET,
        key=secret or UNSET,
    )
