"""What a limner that starts for the first time makes for its operator."""

import ipaddress
import socket
from contextlib import suppress

from limner.accounts.workspace import Workspace
from limner.app import Limner
from limner.cli.options import WORKSPACE
from limner.errors import ConfigError, Conflict


async def owner(limner: Limner, word: str) -> Workspace:
    """A workspace by name or id; the first one is made when it is first needed.

    Raises NotFound.
    """
    accounts = limner.services.accounts
    if word == WORKSPACE and not await accounts.workspaces():
        with suppress(Conflict):  # another process was as fast
            return await accounts.create_workspace(WORKSPACE)
    return await accounts.workspace(word)


async def default_workspace(limner: Limner) -> Workspace:
    """The one that is meant when none is named, or else the oldest."""
    known = await limner.services.accounts.workspaces()
    if not known or any(one.name == WORKSPACE for one in known):
        return await owner(limner, WORKSPACE)
    return known[0]


async def first_key(limner: Limner) -> str | None:
    """A test key, shown once, as long as there is no key to make pictures with. Else None."""
    accounts = limner.services.accounts
    if any(key.kind != "admin" for key in await accounts.keys()):
        return None
    workspace = await default_workspace(limner)
    _, secret = await accounts.create_key(workspace, "test", "first test key")
    return secret


async def refuse_open_door(limner: Limner, listener: socket.socket) -> None:
    """Raises ConfigError for a public address while nobody holds an admin key."""
    address = listener.getsockname()[0]
    if ipaddress.ip_address(address).is_loopback:
        return
    keys = await limner.services.accounts.keys()
    if not any(key.kind == "admin" and key.revoked_at is None for key in keys):
        raise ConfigError(
            f"limner does not listen on {address}, where others can reach it, before there is an "
            "admin key; make one with `limner key create --admin`, or leave --host out"
        )
