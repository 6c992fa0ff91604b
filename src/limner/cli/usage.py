"""`limner usage`: what a workspace used and paid in a time, over HTTP."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from limner.cli.dates import day
from limner.cli.jobs import MICROSECONDS, asked
from limner.cli.options import DEFAULT_URL, AsJson, Key, Since, Until, Url, commands
from limner.cli.screen import USAGE, fail, say, show_json
from limner.cli.table import show_table

OWN, ALL = "/v1/usage", "/v1/admin/usage"
COUNTS = ("requests", "images", "credits_used", "failed", "credits_refunded")
IDS = {"key_id": "key_name", "workspace_id": "workspace"}
"""Ids that are left out of the table where there is a name beside them."""

app = commands()


@app.command()
def usage(
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="model, key, day, or several with commas; none with --csv for a row per request.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Only of this model.")
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only of this very key.")] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="All workspaces, also --by workspace; with an admin key."),
    ] = False,
    test: Annotated[bool, typer.Option("--test", help="With --all: what test keys did.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """What a key's workspace used and paid: requests that ended, pictures, credits.

    The current month unless a time is named; play credits for a test key.
    """
    if as_csv and as_json:
        fail("--csv and --json exclude each other", USAGE, code="wrong_use")
    wanted = {
        "group_by": by,
        "start": since,
        "end": until,
        "model": model,
        "key": "me" if mine else None,
        "format": "csv" if as_csv else None,
        "mode": "test" if every and test else None,
    }
    query = urlencode({name: value for name, value in wanted.items() if value})
    path = f"{ALL if every else OWN}?{query}"
    if as_csv:
        print(asked(url, key, lambda api: api.text(path)), end="")
        return
    report = asked(url, key, lambda api: api.get(path))
    if as_json:
        show_json(report)
    else:
        tell(report)


def tell(report: dict[str, Any]) -> None:
    say(f"{day(report['start'] * MICROSECONDS)} to {day(report['end'] * MICROSECONDS)}, UTC")
    lines = report["data"]
    names = [name for name in (lines[0] if lines else {}) if name not in (*COUNTS, *IDS)]
    rows = [cells(line, names) for line in lines]
    if len(rows) > 1:
        rows.append(cells(report["totals"], names, unnamed="total"))
    columns = [*names, "requests", "images", "credits", "failed", "refunded"]
    if not report["totals"]["credits_refunded"]:
        columns.pop()
        rows = [row[:-1] for row in rows]
    show_table(columns, rows, "nothing was used")


def cells(line: dict[str, Any], names: list[str], unnamed: str = "") -> list[str]:
    """A line as text. Where a name is missing there is its id, and for the sums, what they are."""
    ids = {name: of for of, name in IDS.items()}
    called = [line.get(name) or line.get(ids.get(name, "")) or "" for name in names]
    if unnamed:
        called[0] = unnamed
    requests, images, credits, failed, refunded = (line[name] for name in COUNTS)
    return [*called, str(requests), str(images), exact(credits), str(failed), exact(refunded)]


def exact(credits: float) -> str:
    """All four decimals, and none that are not needed."""
    return f"{credits:.4f}".rstrip("0").rstrip(".")
