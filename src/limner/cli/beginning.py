"""What a limner that starts for the first time makes for its operator."""

from limner.accounts.workspace import Workspace
from limner.app import Limner
from limner.cli.options import WORKSPACE
from limner.errors import ConfigError

LOOPBACK = ("127.", "::1", "localhost")


async def first_key(limner: Limner) -> str | None:
    """On first start: a workspace and a test key, which is shown once. None later on."""
    accounts = limner.services.accounts
    if await accounts.workspaces():
        return None
    workspace = await accounts.create_workspace(WORKSPACE)
    _, secret = await accounts.create_key(workspace, "test", "first test key")
    return secret


async def default_workspace(limner: Limner) -> Workspace:
    accounts = limner.services.accounts
    if not await accounts.workspaces():
        return await accounts.create_workspace(WORKSPACE)
    return (await accounts.workspaces())[0]


async def refuse_open_door(limner: Limner, host: str) -> None:
    """Raises ConfigError for a public address while nobody holds an admin key."""
    if host.startswith(LOOPBACK):
        return
    keys = await limner.services.accounts.keys()
    if not any(key.kind == "admin" and key.revoked_at is None for key in keys):
        raise ConfigError(
            f"limner does not listen on {host} before there is an admin key; "
            "make one with `limner key create --admin`"
        )
