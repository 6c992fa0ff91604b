"""`limner key`: the secrets that callers send; each is shown once."""

from typing import Annotated

import typer

from limner.accounts.api_key import ApiKey, Kind
from limner.app import Limner
from limner.cli.beginning import owner
from limner.cli.dates import day, seconds
from limner.cli.local import administer
from limner.cli.options import WORKSPACE, AsJson, Data, OfWorkspace, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.errors import NotFound

app = commands("API keys: make, list and revoke them.")


def lifetime(text: str) -> int:
    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")] = "key",
    workspace: OfWorkspace = WORKSPACE,
    test: Annotated[
        bool, typer.Option("--test", help="A test key: every model simulated, nothing charged.")
    ] = False,
    admin: Annotated[
        bool, typer.Option("--admin", help="An admin key, which speaks for no workspace.")
    ] = False,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="MODEL", help="Only this model; may be repeated."),
    ] = None,
    expires: Annotated[
        int | None,
        typer.Option(
            parser=lifetime, metavar="TIME", help="Ends after a time such as 90d, 12h or 30m."
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once.

    Without --test it is a live key: its pictures come from providers and cost credits.
    """
    if test and admin:
        raise typer.BadParameter("a key is a test key or an admin key, not both")
    kind: Kind = "admin" if admin else "test" if test else "live"

    async def work(limner: Limner) -> tuple[ApiKey, str]:
        known_models(limner, models or [])
        accounts = limner.services.accounts
        speaker = None if admin else await owner(limner, workspace)
        allowed = tuple(models or ["*"])
        return await accounts.create_key(
            speaker, kind, name, allowed_models=allowed, lives_s=expires
        )

    key, secret = administer(data, work)
    if as_json:
        show_json({"id": key.id, "name": key.name, "kind": key.kind, "key": secret})
        return
    say(secret)
    say(f"This is the {kind} key {key.name!r} ({key.id}). It is not shown again: keep it now.")


def known_models(limner: Limner, slugs: list[str]) -> None:
    for slug in slugs:
        if slug != "*" and limner.services.catalog.get(slug) is None:
            raise NotFound(f"there is no model {slug!r}; `limner model list` shows them")


@app.command("list")
def list_all(data: Data = None, as_json: AsJson = False) -> None:
    """Every key, without its secret."""

    async def work(limner: Limner) -> list[ApiKey]:
        return await limner.services.accounts.keys()

    found = administer(data, work)
    if as_json:
        show_json(found)
        return
    rows = [
        (one.name, one.kind, f"{one.prefix}…{one.last_four}", state(one), one.id) for one in found
    ]
    show_table(
        ("name", "kind", "key", "state", "id"),
        rows,
        "there is no key yet; `limner key create --test` makes one",
    )


def state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {day(key.revoked_at)}"
    return f"until {day(key.expires_at)}" if key.expires_at else "active"


@app.command("revoke")
def revoke(
    key_id: Annotated[
        str, typer.Argument(metavar="ID", help="The key's id, as `limner key list` shows it.")
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Stop a key for good, within five seconds on running servers."""

    async def work(limner: Limner) -> ApiKey:
        return await limner.services.accounts.revoke_key(key_id)

    key = administer(data, work)
    if as_json:
        show_json(key)
        return
    say(f"key {key.name!r} ({key.id}) is revoked")
