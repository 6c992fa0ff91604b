"""How the configured providers are, in an operator's words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from limner.api.services import Services
from limner.cli.dates import day
from limner.errors import NotFound
from limner.generation.connections import Connection
from limner.generation.turned_away import TurnedAway, turned_away
from limner.providers.base import ProviderError


@dataclass(frozen=True, slots=True)
class ProviderState:
    name: str
    ok: bool
    words: str


async def checked(services: Services, name: str | None = None) -> list[ProviderState]:
    """Ask every provider, or the named one, side by side. Raises NotFound.

    A question that is free does not find out everything an order meets, so that what orders have
    met is told too.
    """
    known = await services.connections.all()
    chosen = [one for one in known if name in (None, one.entry.name)]
    if name is not None and not chosen:
        raise NotFound(f"there is no provider {name!r}; `limner provider list` shows them")
    states = await asyncio.gather(*map(state_of, chosen))
    refused = await turned_away(services.database)
    return [
        with_orders(one, [row for row in refused if row.provider == one.name]) for one in states
    ]


def with_orders(state: ProviderState, refused: Sequence[TurnedAway]) -> ProviderState:
    """The state of a provider that may have turned orders away since it drew any."""
    if not refused:
        return state
    told = ", ".join(f"{one.count} for {one.model}" for one in refused)
    last = day(max(one.last_at for one in refused))
    return ProviderState(
        state.name,
        False,
        f"{state.words}; {'but' if state.ok else 'and'} it turned orders away because of this "
        f"server's account: {told}, the last on {last} UTC, and has drawn none since. What it "
        "answered is in GET /v1/providers/health and in the log (provider_account_in_trouble)",
    )


async def state_of(connection: Connection) -> ProviderState:
    name = connection.entry.name
    if connection.provider is None:
        return ProviderState(name, False, connection.problem)
    try:
        return ProviderState(name, True, await connection.provider.check())
    except ProviderError as error:
        words = f"{error.message} [{error.detail}]" if error.detail else error.message
        return ProviderState(name, False, words)
