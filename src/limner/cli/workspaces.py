"""`limner workspace`: who owns keys, pictures and credits."""

from typing import Annotated

import typer

from limner.accounts.workspace import Workspace
from limner.api.wire.limits import spent_body
from limner.app import Limner
from limner.cli.dates import day
from limner.cli.limits import (
    Budget,
    Concurrent,
    CreditsLow,
    Images,
    Megapixels,
    PerRequest,
    Requests,
    SyncWait,
    changes,
    in_json,
    in_words,
    used_lines,
)
from limner.cli.local import administer
from limner.cli.options import AsJson, Data, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.jobs.spent import Spent, spent_by

app = commands("Workspaces own keys, pictures and credits.")
Named = Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace, by name or id.")]


@app.command("create")
def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name: letters, digits, spaces, . _ -")
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a workspace; it starts without credits."""

    async def work(limner: Limner) -> Workspace:
        return await limner.services.accounts.create_workspace(name)

    made = administer(data, work)
    if as_json:
        show_json(in_json(made))
        return
    say(f"workspace {made.name} made, its id is {made.id}")
    say(f"next: limner credits add 100 --workspace {made.name}")
    say(f"      limner key create --workspace {made.name}")


@app.command("show")
def show(workspace: Named, data: Data = None, as_json: AsJson = False) -> None:
    """A workspace, its options and how much of its limits is used."""

    async def work(limner: Limner) -> tuple[Workspace, Spent]:
        services = limner.services
        found = await services.accounts.workspace(workspace)
        return found, await spent_by(found.id, services.database, services.jobs.window)

    found, spent = administer(data, work)
    if as_json:
        show_json({"workspace": in_json(found), "used": spent_body(spent)})
        return
    say(f"workspace {found.name} ({found.id}), made {day(found.created_at)}")
    say(f"options: {in_words(found.options)}")
    for line in used_lines(spent):
        say(line)


@app.command("set")
def set_options(
    workspace: Named,
    requests_per_minute: Requests = None,
    images_per_minute: Images = None,
    megapixels_per_minute: Megapixels = None,
    max_concurrent: Concurrent = None,
    max_credits_per_request: PerRequest = None,
    max_budget_monthly_credits: Budget = None,
    sync_wait_s: SyncWait = None,
    credits_low: CreditsLow = None,
    log_prompts: Annotated[
        bool | None,
        typer.Option(
            "--log-prompts/--no-log-prompts", help="Whether the request log keeps prompts."
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set options of a workspace; running servers follow within five seconds.

    Rates and budget are for all its keys together, the rest for each of them.
    """
    wanted = changes(
        {
            "requests_per_minute": requests_per_minute,
            "images_per_minute": images_per_minute,
            "megapixels_per_minute": megapixels_per_minute,
            "max_concurrent": max_concurrent,
            "max_credits_per_request": max_credits_per_request,
            "max_budget_monthly_credits": max_budget_monthly_credits,
            "sync_wait_s": sync_wait_s,
            "credits_low": credits_low,
        }
    )
    if log_prompts is not None:
        wanted["log_prompts"] = log_prompts
    if not wanted:
        raise typer.BadParameter("say what to set, as in --max-budget-monthly-credits 500")

    async def work(limner: Limner) -> Workspace:
        accounts = limner.services.accounts
        return await accounts.set_workspace((await accounts.workspace(workspace)).id, wanted)

    found = administer(data, work)
    if as_json:
        show_json(in_json(found))
        return
    say(f"workspace {found.name} ({found.id}) has these options: {in_words(found.options)}")


@app.command("list")
def list_all(data: Data = None, as_json: AsJson = False) -> None:
    """Every workspace."""

    async def work(limner: Limner) -> list[Workspace]:
        return await limner.services.accounts.workspaces()

    found = administer(data, work)
    if as_json:
        show_json([in_json(one) for one in found])
        return
    rows = [(one.name, one.id, day(one.created_at), in_words(one.options)) for one in found]
    show_table(
        ("name", "id", "made", "options"),
        rows,
        "no workspace yet; `limner workspace create NAME` makes one",
    )
