"""`limner doctor`: what is set, what works, and what to do about what does not."""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import msgspec
import typer

from limner import money
from limner.api.periods import period
from limner.api.services import Services
from limner.app import Limner, database_url
from limner.catalog.load import load
from limner.cli.checks import checked
from limner.cli.local import administer
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.screen import FAILED, say, show_json
from limner.clock import wall
from limner.db.base import DatabaseAway
from limner.errors import ConfigError
from limner.files.places import described, stores, tried
from limner.generation.provenance import signer_of
from limner.ledger.losses import Time
from limner.settings import FIELDS, Settings
from limner.signing.certificate import ends, trouble

MARKS = {True: "ok    ", False: "NOT OK"}

app = commands()


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    ok: bool
    words: str


@app.command()
def doctor(data: Data = None, as_json: AsJson = False) -> None:
    """Check settings, catalog, database and providers; ends with 1 if something is wrong.

    Providers are asked something free. Secrets are not shown.
    """
    settings = local(data)
    findings = [*misspelt(os.environ), *examined(settings, data)]
    if as_json:
        show_json({"settings": effective(settings), "findings": findings})
    else:
        say("settings in force:")
        for name, value in effective(settings).items():
            say(f"  {name} = {shown(value)}")
        say("findings:")
        for one in findings:
            say(f"  {MARKS[one.ok]} {one.what}: {one.words}")
    if not all(one.ok for one in findings):
        raise typer.Exit(FAILED)


def misspelt(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that are nearly a setting's, and so are not read."""
    known = [f"LIMNER_{name.upper()}" for name in FIELDS]
    for variable in sorted(environ):
        near = get_close_matches(variable, known, 1, cutoff=0.85)
        if variable.startswith("LIMNER_") and near and near[0] != variable:
            yield Finding("environment", False, f"{variable} is not read; {near[0]} is")


def examined(settings: Settings, data: Data) -> list[Finding]:
    try:
        catalog = load(settings.catalog_dirs)
    except ConfigError as error:
        return [Finding("catalog", False, str(error))]
    found = [Finding("catalog", True, f"{len(catalog.models)} models")]
    try:
        return found + administer(data, looked_over)
    except DatabaseAway as error:
        return [*found, Finding("database", False, str(error))]
    except (ConfigError, OSError) as error:
        return [*found, Finding("data", False, str(error))]


async def looked_over(limner: Limner) -> list[Finding]:
    services = limner.services
    where = hidden(database_url(services.settings))
    found = [Finding("database", True, f"{services.database.kind} at {where}")]
    found.append(await asyncio.to_thread(stored_where, services.settings))
    found += await asyncio.to_thread(signed_with, services.settings)
    keys = [key for key in await services.accounts.keys() if key.revoked_at is None]
    words = f"{len(keys)} in use" if keys else "none yet; `limner serve` makes a test key"
    found.append(Finding("keys", True, words))
    states = await checked(services)
    found += [Finding(f"provider {one.name}", one.ok, one.words) for one in states]
    if not states:
        words = "none configured: only sketch-1 and test keys draw"
        found.append(Finding("providers", True, words))
    found += await guards_found(services)
    return [*found, *await plans_found(services), await losses_found(services)]


def signed_with(settings: Settings) -> list[Finding]:
    """Whether the certificate and key can sign, where there are any."""
    signer = signer_of(settings)
    if signer is None:
        return []
    if wrong := trouble(signer):
        return [Finding("signing", False, f"{wrong}. Until then pictures go out unsigned")]
    until = f"with {signer.chain}, until {ends(signer):%Y-%m-%d}"
    by = f", stamped by {signer.timestamp_url}" if signer.timestamp_url else ""
    return [Finding("signing", True, until + by)]


def stored_where(settings: Settings) -> Finding:
    where = described(settings.store, settings.data_dir)
    try:
        tried(stores(settings.store, settings.data_dir))
    except OSError as error:
        return Finding("pictures", False, f"{where} does not work: {error}")
    return Finding("pictures", True, f"stored in {where}")


async def guards_found(services: Services) -> list[Finding]:
    """Whether each guard answers; it is asked about a harmless prompt."""
    found = []
    for guard in services.guards.all():
        words = f"{len(guard.terms.blocked)} words blocked"
        if not guard.terms.url:
            found.append(Finding(f"guard {guard.name}", True, words))
            continue
        trouble = await guard.trouble()
        said = (
            f"{words}, {guard.terms.url} answers"
            if not trouble
            else (
                f"{guard.terms.url} cannot be asked: {trouble}. While it is so, "
                + ("nothing passes" if guard.terms.on_failure == "closed" else "everything passes")
            )
        )
        found.append(Finding(f"guard {guard.name}", not trouble, said))
    return found


async def plans_found(services: Services) -> list[Finding]:
    """Plans that are configured, and those that workspaces are on although they are not."""
    used, terms = await services.plans.used(), services.plans.terms
    on = ", ".join(f"{name} ({used.get(name, 0)} on it)" for name in terms)
    gone = [
        Finding(
            f"plan {name}",
            False,
            f"not configured, so whoever is on it ({count}) is given nothing. Add "
            f"[plans.{name}] to limner.toml, or put them on another with `limner workspace set`",
        )
        for name, count in used.items()
        if name not in terms
    ]
    return [*([Finding("plans", True, on)] if terms else []), *gone]


async def losses_found(services: Services) -> Finding:
    """What this month has cost the operator."""
    span = period({}, wall())
    sums = await services.losses.sums(Time("live", span.start_us, span.end_us))
    count, amount = sum(one.count for one in sums), sum(one.amount for one in sums)
    words = f"{count} this month, {money.shown(amount)} credits; `limner losses` lists them"
    return Finding("losses", True, words if count else "none this month")


def effective(settings: Settings) -> dict[str, object]:
    """Every setting as it is in force, with secrets hidden."""
    values = msgspec.to_builtins(settings, enc_hook=lambda folder: str(Path(folder)))
    values["secret"] = "(set)" if settings.secret else f"(in {settings.data_dir / 'secret'})"
    values["database_url"] = hidden(database_url(settings))
    values["metrics_token"] = "(set)" if settings.metrics_token else ""
    return dict(values)


def shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def hidden(url: str) -> str:
    """A database address without its password."""
    scheme, _, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    place = re.sub(r"(password=)[^&]*", r"\1(hidden)", place)
    return f"{scheme}://{login.partition(':')[0]}{at}{place}"
