"""`limner provider`: where limner sends work, and with which key."""

import os
from typing import Annotated

import typer

from limner.app import Limner
from limner.cli.checks import ProviderState, checked
from limner.cli.local import administer
from limner.cli.options import AsJson, Data
from limner.cli.screen import fail, say, show_json, show_table
from limner.errors import NotFound
from limner.generation.provider_config import ProviderEntry
from limner.providers.registry import KINDS

app = typer.Typer(help="Providers: add, list, test and remove them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Its name; the catalog's deployments go by it.")]


def pair(text: str) -> str:
    if not all(text.partition("=")):
        raise typer.BadParameter(f"{text!r} is not MODEL=UPSTREAM_NAME")
    return text


@app.command("add")
def add(
    name: Name,
    kind: Annotated[
        str | None, typer.Option(help=f"How to speak to it: {', '.join(KINDS)}. Default: NAME.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="Its address, if not the usual one.")] = "",
    api_key_env: Annotated[
        str, typer.Option(help="The environment variable of `limner serve` that holds the key.")
    ] = "",
    api_key: Annotated[
        str, typer.Option(help="The key itself, kept encrypted; prefer --api-key-env.")
    ] = "",
    serves: Annotated[
        list[str] | None,
        typer.Option(
            parser=pair,
            metavar="MODEL=UPSTREAM_NAME",
            help="It serves this model too, under that name; may be repeated.",
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a provider, or change one; a running server takes it up within five seconds."""
    if bool(api_key) == bool(api_key_env):
        raise typer.BadParameter("give either --api-key-env VARIABLE or --api-key KEY")
    names = dict(text.split("=", 1) for text in serves or [])

    async def work(limner: Limner) -> ProviderEntry:
        for slug in names:
            if limner.services.catalog.get(slug) is None:
                raise NotFound(f"there is no model {slug!r}; limner model list shows them")
        return await limner.configs.add(
            name,
            kind or name,
            base_url=base_url,
            api_key_env=api_key_env,
            api_key=api_key,
            serves=names,
        )

    entry = administer(data, work)
    if as_json:
        show_json(told(entry))
        return
    say(f"provider {entry.name} ({entry.kind}) is configured")
    if api_key_env and api_key_env not in os.environ:
        say(f"note: {api_key_env} is not set in this shell; `limner serve` must have it")
    say(f"next: limner provider test {entry.name}")


def told(entry: ProviderEntry) -> dict[str, object]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "base_url": entry.base_url,
        "key": "encrypted" if entry.sealed_key else entry.api_key_env,
        "serves": dict(entry.serves),
        "source": entry.source,
    }


@app.command("list")
def list_all(data: Data = None, as_json: AsJson = False) -> None:
    """Every configured provider, without its key."""

    async def work(limner: Limner) -> list[ProviderEntry]:
        return await limner.configs.entries()

    found = administer(data, work)
    if as_json:
        show_json([told(entry) for entry in found])
        return
    rows = [
        (one.name, one.kind, one.base_url or KINDS[one.kind].base_url, str(told(one)["key"]))
        if one.kind in KINDS
        else (one.name, one.kind, one.base_url, "unknown kind")
        for one in found
    ]
    show_table(
        ("name", "kind", "address", "key"),
        rows,
        "no provider is configured; limner provider add openai --api-key-env OPENAI_API_KEY "
        "adds one. sketch-1 and test keys need none",
    )


@app.command("test")
def ask(
    name: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask each provider something free and say in plain words how it went."""

    async def work(limner: Limner) -> list[ProviderState]:
        return await checked(limner.services.connections, name)

    found = administer(data, work)
    if as_json:
        show_json(found)
    else:
        rows = [(one.name, "ok" if one.ok else "NOT OK", one.words) for one in found]
        show_table(("name", "state", "what it says"), rows, "no provider is configured")
    if not all(one.ok for one in found):
        fail("not every provider can be used")


@app.command("remove")
def remove(name: Name, data: Data = None, as_json: AsJson = False) -> None:
    """Forget a provider and its key."""

    async def work(limner: Limner) -> None:
        await limner.configs.remove(name)

    administer(data, work)
    if as_json:
        show_json({"removed": name})
        return
    say(f"provider {name} is removed")
