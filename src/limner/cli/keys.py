"""`limner key`: the secrets that callers send; each is shown once."""

from typing import Annotated

import typer

from limner.accounts.api_key import ApiKey, Kind
from limner.api.wire.limits import spent_body
from limner.app import Limner
from limner.cli.beginning import owner
from limner.cli.dates import day, seconds
from limner.cli.limits import (
    Budget,
    Concurrent,
    Images,
    Megapixels,
    PerRequest,
    Requests,
    changes,
    in_json,
    in_words,
    used_lines,
)
from limner.cli.local import administer
from limner.cli.options import WORKSPACE, AsJson, Data, OfWorkspace, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.errors import NotFound
from limner.jobs.spent import Spent, spent_by

app = commands("API keys: make, list, limit and revoke them.")
KeyId = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id, as `limner key list` shows it.")
]


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
        show_json([in_json(one) for one in found])
        return
    rows = [
        (
            one.name,
            one.kind,
            f"{one.prefix}…{one.last_four}",
            state(one),
            in_words(one.limits),
            one.id,
        )
        for one in found
    ]
    show_table(
        ("name", "kind", "key", "state", "limits", "id"),
        rows,
        "there is no key yet; `limner key create --test` makes one",
    )


def state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {day(key.revoked_at)}"
    return f"until {day(key.expires_at)}" if key.expires_at else "active"


@app.command("show")
def show(key_id: KeyId, data: Data = None, as_json: AsJson = False) -> None:
    """A key, its limits and how much of them is used."""

    async def work(limner: Limner) -> tuple[ApiKey, Spent]:
        services = limner.services
        key = await services.accounts.key(key_id)
        return key, await spent_by(key.id, services.database, services.jobs.window)

    key, spent = administer(data, work)
    if as_json:
        show_json({"key": in_json(key), "used": spent_body(spent)})
        return
    say(f"{key.kind} key {key.name!r} ({key.id}), {state(key)}")
    say(f"models: {', '.join(key.allowed_models)}")
    say(f"limits: {in_words(key.limits)}")
    for line in used_lines(spent):
        say(line)


@app.command("limit")
def limit(
    key_id: KeyId,
    requests_per_minute: Requests = None,
    images_per_minute: Images = None,
    megapixels_per_minute: Megapixels = None,
    max_concurrent: Concurrent = None,
    max_credits_per_request: PerRequest = None,
    max_budget_monthly_credits: Budget = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set limits of a key, or take them away; running servers follow within five seconds."""
    wanted = changes(
        {
            "requests_per_minute": requests_per_minute,
            "images_per_minute": images_per_minute,
            "megapixels_per_minute": megapixels_per_minute,
            "max_concurrent": max_concurrent,
            "max_credits_per_request": max_credits_per_request,
            "max_budget_monthly_credits": max_budget_monthly_credits,
        }
    )
    if not wanted:
        raise typer.BadParameter("say what to limit, as in --max-concurrent 2")

    async def work(limner: Limner) -> ApiKey:
        return await limner.services.accounts.limit_key(key_id, wanted)

    key = administer(data, work)
    if as_json:
        show_json(in_json(key))
        return
    say(f"key {key.name!r} ({key.id}) has these limits: {in_words(key.limits)}")


@app.command("revoke")
def revoke(
    key_id: KeyId,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Stop a key for good, within five seconds on running servers."""

    async def work(limner: Limner) -> ApiKey:
        return await limner.services.accounts.revoke_key(key_id)

    key = administer(data, work)
    if as_json:
        show_json(in_json(key))
        return
    say(f"key {key.name!r} ({key.id}) is revoked")
