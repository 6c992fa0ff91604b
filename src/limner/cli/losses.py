"""`limner losses`: what the operator bore, by model and provider, and loss by loss."""

from typing import Annotated

import typer

from limner.api.periods import period
from limner.api.routes.losses import losses_of
from limner.api.wire.losses import LossBody, LossList
from limner.app import Limner
from limner.cli.dates import day
from limner.cli.local import administer
from limner.cli.options import AsJson, Data, Since, Until, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.cli.usage import exact
from limner.clock import wall
from limner.ledger.losses import Time

MICROSECONDS = 1_000_000

app = commands()


@app.command()
def losses(
    since: Since = None,
    until: Until = None,
    test: Annotated[bool, typer.Option("--test", help="What test keys did, instead.")] = False,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=1, max=1000, help="How many to list.")
    ] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What the operator bore: work that providers may bill, and that nobody was charged for.

    The current month unless a time is named.
    """
    words = {"start": since, "end": until}
    span = period({name: word for name, word in words.items() if word}, wall())
    time = Time("test" if test else "live", span.start_us, span.end_us)

    async def work(limner: Limner) -> LossList:
        return await losses_of(limner.services, time, span, most, None)

    found = administer(data, work)
    if as_json:
        show_json(found)
    else:
        tell(found)


def tell(found: LossList) -> None:
    say(f"{day(found.start * MICROSECONDS)} to {day(found.end * MICROSECONDS)}, UTC")
    if not found.data:
        say("nothing was lost")
        return
    sums = [(one.model, one.provider, str(one.losses), exact(one.credits)) for one in found.sums]
    if len(sums) > 1:
        sums.append(("total", "", str(found.totals.losses), exact(found.totals.credits)))
    show_table(("model", "provider", "losses", "credits"), sums, "")
    say("")
    columns = ("when", "credits", "model", "provider", "why", "did it run", "workspace", "job")
    show_table(columns, [row(one) for one in found.data], "")
    if found.has_more:
        say(f"{found.totals.losses - len(found.data)} older ones are not listed; see --most")


def row(one: LossBody) -> tuple[str, ...]:
    ran = "yes" if one.outcome == "ran" else "nobody knows"
    return (
        day(one.at * MICROSECONDS),
        exact(one.credits),
        one.model,
        one.provider,
        one.error_code,
        ran,
        one.workspace,
        one.job_id,
    )
