"""`limner webhook`: who is told of what happens in a key's workspace, over HTTP."""

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import typer

from limner.cli.dates import day
from limner.cli.jobs import MICROSECONDS, asked
from limner.cli.options import DEFAULT_URL, AsJson, Key, Url, commands
from limner.cli.screen import note, say, show_json
from limner.cli.table import show_table

WEBHOOKS = "/v1/webhooks"
WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id, wh_….")]

app = commands("Webhooks of a key's workspace: be told what happens, instead of asking.")


@app.command("list")
def list_webhooks(url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False) -> None:
    """Webhooks: those of live work for a live key, those of test work for a test key."""
    found = asked(url, key, lambda api: api.get(WEBHOOKS))
    if as_json:
        show_json(found)
        return
    columns = ("webhook", "url", "events", "state")
    show_table(columns, [row(one) for one in found["data"]], "there are no webhooks")


def row(webhook: dict[str, Any]) -> tuple[str, ...]:
    return webhook["id"], webhook["url"], " ".join(webhook["events"]), state(webhook)


def state(webhook: dict[str, Any]) -> str:
    if not webhook["enabled"]:
        return f"off: {webhook['disabled_reason'].replace('_', ' ')}"
    if "failing_since" in webhook:
        return f"failing since {day(webhook['failing_since'] * MICROSECONDS)}"
    return "on"


@app.command("add")
def add(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The URL to be told at.")],
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--event",
            "-e",
            metavar="EVENT",
            help="Only of this, such as job.failed; may be repeated. Default: all.",
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Be told at a URL. The secret that signs is shown now and never again."""
    wanted = {"url": target, "events": events or ["*"]}
    made = asked(url, key, lambda api: api.post(WEBHOOKS, wanted))
    tell_secret(made, as_json)


@app.command("rotate")
def rotate(
    webhook: WebhookId, url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False
) -> None:
    """A new secret, shown now and never again; for a day the one before signs too."""
    tell_secret(asked(url, key, lambda api: api.post(f"{one(webhook)}/rotate", {})), as_json)


def tell_secret(webhook: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(webhook)
        return
    say(f"{webhook['id']}: {webhook['url']}")
    say(f"  {webhook['secret']}")
    note("The secret is shown only now; whoever is told checks signatures with it.")


@app.command("remove")
def remove(
    webhook: WebhookId, url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False
) -> None:
    """Forget a webhook and all it was told."""
    gone = asked(url, key, lambda api: api.delete(one(webhook)))
    if as_json:
        show_json(gone)
    else:
        say(f"{gone['id']} is removed")


@app.command("test")
def ping(
    webhook: WebhookId, url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False
) -> None:
    """Send it an event of type ping."""
    tell_delivery(asked(url, key, lambda api: api.post(f"{one(webhook)}/test", {})), as_json)


@app.command("redeliver")
def redeliver(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id, dlv_….")],
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Tell an event once more, under the same event id."""
    path = f"{WEBHOOKS}/deliveries/{quote(delivery, safe='')}/redeliver"
    tell_delivery(asked(url, key, lambda api: api.post(path, {})), as_json)


def tell_delivery(delivery: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(delivery)
        return
    say(f"{delivery['id']}: {delivery['type']} is being sent")
    note("How it went: limner webhook deliveries")


@app.command("deliveries")
def deliveries(
    webhook: Annotated[
        str | None, typer.Option("--webhook", metavar="WEBHOOK", help="Only to this webhook.")
    ] = None,
    status: Annotated[
        Literal["pending", "delivered", "given_up"] | None,
        typer.Option("--status", metavar="STATUS", help="pending, delivered or given_up."),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=1, max=99, help="How many.")
    ] = 20,
    after: Annotated[
        str | None, typer.Option("--after", metavar="DELIVERY", help="Only older than this one.")
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """What was told in the last 30 days, newest first, and how the last attempt went."""
    wanted = {"status": status, "after": after}
    query = urlencode({name: value for name, value in wanted.items() if value} | {"limit": most})
    place = f"{one(webhook)}/deliveries" if webhook else f"{WEBHOOKS}/deliveries"
    page = asked(url, key, lambda api: api.get(f"{place}?{query}"))
    if as_json:
        show_json(page)
        return
    columns = ("delivery", "when", "event", "to", "status", "last attempt")
    show_table(columns, [told(one) for one in page["data"]], "nothing was told")
    if page["has_more"]:
        note(f"there are older ones: --after {page['last_id']}")


def told(delivery: dict[str, Any]) -> tuple[str, ...]:
    attempts = delivery["attempts"]
    last = str(attempts[-1].get("status", attempts[-1].get("error"))) if attempts else "-"
    to = delivery.get("webhook_id", "webhook_url")
    when = day(delivery["created"] * MICROSECONDS)
    return delivery["id"], when, delivery["type"], to, delivery["status"], last


def one(webhook: str) -> str:
    return f"{WEBHOOKS}/{quote(webhook, safe='')}"
