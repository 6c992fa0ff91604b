"""A webhook is an address a workspace wants to be told at, with what it wants to hear."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import msgspec

from limner.db.base import Row
from limner.ledger.wallet import LedgerName
from limner.vault import Vault

State: TypeAlias = Literal["enabled", "disabled", "gone", "failing"]
"""Besides `enabled` these are reasons for its being off: by hand, a 410, three days of failures."""
Progress: TypeAlias = Literal["pending", "delivered", "given_up"]


class Address(msgspec.Struct, frozen=True, array_like=True):
    """Where to tell, and how whoever is told reaches this server, for links; sealed when kept."""

    url: str
    base: str

    def sealed(self, owner: str, vault: Vault) -> str:
        return vault.seal(msgspec.json.encode(self).decode(), about=f"webhook/{owner}")


def address_of(sealed: str, owner: str, vault: Vault) -> Address:
    """`owner` is the id of a webhook, or of the workspace whose job named the address."""
    return msgspec.json.decode(vault.open(sealed, about=f"webhook/{owner}"), type=Address)


def of_job(address: Address, host: str, workspace_id: str, vault: Vault) -> str:
    """As a job keeps it: sealed, behind 16 characters that are alike for addresses of one host."""
    return vault.body_digest(host.encode())[:16] + address.sealed(workspace_id, vault)


def address_of_job(kept: str, workspace_id: str, vault: Vault) -> Address:
    return address_of(kept[16:], workspace_id, vault)


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    workspace_id: str
    ledger: LedgerName
    address: Address
    events: tuple[str, ...]
    """Types of events, or `*` for all there are and will be."""
    state: State
    failing_since: int | None
    old_until: int | None
    """Until when the secret before the last rotation signs too."""
    created_at: int


def webhook_of(row: Row, vault: Vault) -> Webhook:
    """A row of `store.COLUMNS`."""
    one = cast(tuple[str, str, LedgerName, str, str, State, int | None, int | None, int], row)
    address = address_of(one[3], one[0], vault)
    return Webhook(one[0], one[1], one[2], address, tuple(one[4].split()), *one[5:])


@dataclass(frozen=True, slots=True)
class Attempt:
    """`status` is what the receiver answered, `error` why there was no answer."""

    number: int
    at: int
    duration_ms: int
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one receiver: a webhook, or the address its job named."""

    id: str
    event_id: str
    type: str
    webhook_id: str | None
    job_id: str | None
    state: Progress
    tries: int
    due_at: int
    created_at: int
    attempts: tuple[Attempt, ...] = ()
