"""`limner provider`: where limner sends work, and with which key."""

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from limner.app import Limner
from limner.catalog.load import load
from limner.cli.checks import ProviderState, checked
from limner.cli.local import administer
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.screen import FAILED, note, say, show_json
from limner.cli.table import show_table
from limner.errors import ConfigError, NotFound
from limner.generation.provider_config import ProviderEntry
from limner.providers.registry import KINDS, address, kind_named, kinds
from limner.settings import Settings

app = commands("Where live pictures are drawn: add, list, test and remove providers.")

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Its name; the models of the catalog know it by this."),
]


def pair(text: str) -> str:
    if not all(text.partition("=")):
        raise typer.BadParameter(f"{text!r} is not MODEL=UPSTREAM_NAME")
    return text


def named_value(text: str) -> str:
    if not all(text.partition("=")):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    return text


@app.command("add")
def add(
    name: Name,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help=f"How to speak to it: {', '.join(KINDS)}, or one that a package brings. "
            "Default: NAME.",
        ),
    ] = None,
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="Its address, if not the usual one.")
    ] = "",
    api_key_env: Annotated[
        str,
        typer.Option(
            metavar="VARIABLE", help="The environment variable of `limner serve` with the key."
        ),
    ] = "",
    api_key: Annotated[
        str,
        typer.Option(
            metavar="KEY", help="The key, kept encrypted; - reads it from standard input."
        ),
    ] = "",
    serves: Annotated[
        list[str] | None,
        typer.Option(
            parser=pair,
            metavar="MODEL=UPSTREAM_NAME",
            help="It serves this model too, under that name; may be repeated.",
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            parser=named_value,
            metavar="NAME=VALUE",
            help="What its kind alone wants to know, such as a region; may be repeated.",
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a provider, or change one; a running server takes it up within five seconds."""
    if (kind or name) not in kinds():
        raise typer.BadParameter(
            f"there is no kind {kind or name!r}; --kind must be one of {', '.join(kinds())}"
        )
    given = sum(map(bool, (api_key, api_key_env)))
    if given > 1 or (not given and kind_named(kind or name).needs_key):
        raise typer.BadParameter("give either --api-key-env VARIABLE or --api-key KEY")
    options = dict(text.split("=", 1) for text in option or [])
    address(kind or name, base_url, options)
    names = dict(text.split("=", 1) for text in serves or [])

    async def work(limner: Limner) -> ProviderEntry:
        for slug in names:
            if limner.services.catalog.get(slug) is None:
                raise NotFound(f"there is no model {slug!r}; `limner model list` shows them")
        return await limner.configs.add(
            name,
            kind or name,
            base_url=base_url,
            api_key_env=api_key_env,
            api_key=typed_key() if api_key == "-" else api_key,
            serves=names,
            options=options,
        )

    entry = administer(data, work)
    if as_json:
        show_json(told(entry))
        return
    say(f"provider {entry.name} ({entry.kind}) is configured")
    for line in remarks(entry, local(data)):
        note(f"note: {line}")
    say(f"next: limner provider test {entry.name}")


def remarks(entry: ProviderEntry, settings: Settings) -> Iterator[str]:
    """What may keep a new provider from drawing anything."""
    if entry.api_key_env and entry.api_key_env not in os.environ:
        yield f"{entry.api_key_env} is not set in this shell; `limner serve` must have it"
    models = load(settings.catalog_dirs).models.values()
    known = {place.provider for model in models for place in model.deployments}
    if entry.name not in known and not entry.serves:
        yield f"no model runs at {entry.name}; say which with --serves MODEL=UPSTREAM_NAME"


def called_at(entry: ProviderEntry) -> str:
    """Where it is called: by its address, its region or its kind. Empty where that is nowhere."""
    try:
        return address(entry.kind, entry.base_url, entry.options)
    except ConfigError:
        return ""


def told(entry: ProviderEntry) -> dict[str, object]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "base_url": entry.base_url,
        "address": called_at(entry),
        "key": "encrypted" if entry.sealed_key else entry.api_key_env or "none",
        "serves": dict(entry.serves),
        "options": dict(entry.options),
        "source": entry.source,
    }


def typed_key() -> str:
    """A line of standard input; all of it where that is a JSON text, as a service account is."""
    line = sys.stdin.readline()
    return (line + sys.stdin.read() if line.lstrip().startswith("{") else line).strip()


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
        (one.name, one.kind, called_at(one) or one.base_url, str(told(one)["key"]))
        if one.kind in kinds()
        else (one.name, one.kind, one.base_url, "unknown kind")
        for one in found
    ]
    show_table(
        ("name", "kind", "address", "key"),
        rows,
        "no provider is configured; `limner provider add openai --api-key-env OPENAI_API_KEY` "
        "adds one. sketch-1 and test keys need none",
    )


@app.command("test")
def ask(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this one.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask each provider something free and say in plain words how it went."""

    async def work(limner: Limner) -> list[ProviderState]:
        return await checked(limner.services, name)

    found = administer(data, work)
    if as_json:
        show_json(found)
    else:
        rows = [(one.name, "ok" if one.ok else "NOT OK", one.words) for one in found]
        show_table(("name", "state", "what it says"), rows, "no provider is configured")
    if not all(one.ok for one in found):
        raise typer.Exit(FAILED)


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
