"""`limner requests`: the log of a key's workspace, over HTTP."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from limner.cli.dates import day
from limner.cli.jobs import MICROSECONDS, Status, asked
from limner.cli.options import DEFAULT_URL, AsJson, Key, Since, Until, Url, commands
from limner.cli.screen import note, say, show_json
from limner.cli.table import show_table
from limner.cli.usage import exact

REQUESTS = "/v1/requests"
PARTS = ("queue", "provider", "store")

app = commands("The log of a key's workspace: what was asked, and how it went.")


@app.command("list")
def list_requests(
    status: Annotated[
        Status | None,
        typer.Option("--status", metavar="STATUS", help="processing, completed or failed."),
    ] = None,
    error: Annotated[
        str | None,
        typer.Option("--error", metavar="CODE", help="Only those that failed with this code."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Only of this model.")
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only those of this very key.")] = False,
    since: Since = None,
    until: Until = None,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=1, max=100, help="How many.")
    ] = 20,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="JOB", help="Only those older than this job's."),
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Accepted requests, newest first: of a live key's workspace, or its test requests."""
    wanted = {
        "status": status,
        "error_code": error,
        "model": model,
        "key": "me" if mine else None,
        "since": since,
        "before": until,
        "after": after,
    }
    query = urlencode({name: value for name, value in wanted.items() if value} | {"limit": most})
    page = asked(url, key, lambda api: api.get(f"{REQUESTS}?{query}"))
    if as_json:
        show_json(page)
        return
    columns = ("request", "when", "model", "status", "pictures", "credits", "seconds", "provider")
    show_table(columns, [row(one) for one in page["data"]], "there are no such requests")
    if page["has_more"]:
        note(f"there are older ones: --after {page['last_id']}")


def row(one: dict[str, Any]) -> tuple[str, ...]:
    total = one["time_ms"].get("total")
    return (
        one["id"],
        day(one["created"] * MICROSECONDS),
        one["model"],
        one.get("error_code", one["status"]),
        f"{one['pictures']}/{one['n']}",
        exact(one["credits_used"]),
        "-" if total is None else f"{total / 1000:.1f}",
        one["provider"],
    )


@app.command("show")
def show(
    request: Annotated[
        str, typer.Argument(metavar="REQUEST", help="The id of a request, or of its job.")
    ],
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """One request: where its time went, what it cost, who drew it."""
    told = asked(url, key, lambda api: api.get(f"{REQUESTS}/{quote(request, safe='')}"))
    if as_json:
        show_json(told)
    else:
        tell(told)


def tell(one: dict[str, Any]) -> None:
    say(f"{one['id']}: {one['status']}, {one['pictures']} of {one['n']}, model {one['model']}")
    say(f"  job {one['job_id']}, key {one['key_id']}, {day(one['created'] * MICROSECONDS)} UTC")
    if "error" in one:
        say(f"  {one['error_code']}: {one['error']}")
    say(f"  {exact(one['credits_used'])} credits, {exact(one['credits_held'])} were held")
    if "credits_refunded" in one:
        say(f"  {exact(one['credits_refunded'])} of them were refunded")
    for line in one.get("cost", {}).get("breakdown", []):
        parts = (line["what"], line["quantity"], line["unit_price"])
        say(f"    {exact(line['credits'])}: {', '.join(part for part in parts if part)}")
    say(f"  {spent(one['time_ms'])}")
    called = f", their id {one['provider_request_id']}" if "provider_request_id" in one else ""
    tries = "1 try" if one["tries"] == 1 else f"{one['tries']} tries"
    say(f"  {tries} at {one['provider']}{called}")
    for name, value in one["parameters_applied"].items():
        say(f"    {name}: {value}")
    if "prompt" in one:
        say(f"  {one['prompt']}")


def spent(time: dict[str, int]) -> str:
    """`5.2 s: queue 0.0, provider 5.1, store 0.1`."""
    known = ", ".join(f"{part} {time[part] / 1000:.1f}" for part in PARTS if part in time)
    total = f"{time['total'] / 1000:.1f} s" if "total" in time else "not ended"
    return f"{total}: {known}" if known else total
