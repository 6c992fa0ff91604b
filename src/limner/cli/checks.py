"""How the configured providers are, in an operator's words."""

import asyncio
from dataclasses import dataclass

from limner.errors import NotFound
from limner.generation.connections import Connection, Connections
from limner.providers.base import ProviderError


@dataclass(frozen=True, slots=True)
class ProviderState:
    name: str
    ok: bool
    words: str


async def checked(connections: Connections, name: str | None = None) -> list[ProviderState]:
    """Ask every provider, or the named one, side by side. Raises NotFound."""
    known = await connections.all()
    chosen = [one for one in known if name in (None, one.entry.name)]
    if name is not None and not chosen:
        raise NotFound(f"there is no provider {name!r}; `limner provider list` shows them")
    return list(await asyncio.gather(*map(state_of, chosen)))


async def state_of(connection: Connection) -> ProviderState:
    name = connection.entry.name
    if connection.provider is None:
        return ProviderState(name, False, connection.problem)
    try:
        return ProviderState(name, True, await connection.provider.check())
    except ProviderError as error:
        words = f"{error.message} [{error.detail}]" if error.detail else error.message
        return ProviderState(name, False, words)
