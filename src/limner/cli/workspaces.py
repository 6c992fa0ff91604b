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
    Markup,
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
from limner.generation.chains import check_chains
from limner.jobs.spent import Spent, spent_by

app = commands("Workspaces own keys, pictures and credits.")
PlanNamed = Annotated[
    str | None,
    typer.Option("--plan", metavar="PLAN", help="A plan of limner.toml: credits every month."),
]
Named = Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace, by name or id.")]


@app.command("create")
def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name: letters, digits, spaces, . _ -")
    ],
    plan: PlanNamed = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a workspace; it starts without credits, but for those of a plan."""

    async def work(limner: Limner) -> Workspace:
        services = limner.services
        services.plans.check(plan)
        made = await services.accounts.create_workspace(name)
        await services.plans.put(made.id, plan)
        return await services.accounts.workspace(made.id)

    made = administer(data, work)
    if as_json:
        show_json(in_json(made))
        return
    say(f"workspace {made.name} made, its id is {made.id}")
    if plan:
        say(f"plan {plan}: renews on {day(made.plan_renews_at)} (UTC)")
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
    say(f"plan: {plan_in_words(found)}")
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
    markup_percent: Markup = None,
    fallback: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL=OTHER,OTHER",
            help="Models that answer when this one cannot, in order; MODEL=none takes them away. "
            "May be repeated.",
        ),
    ] = None,
    fallback_on_unknown: Annotated[
        bool | None,
        typer.Option(
            "--fallback-on-unknown/--no-fallback-on-unknown",
            help="Ask another even where the one before may have drawn; both may then want money.",
        ),
    ] = None,
    log_prompts: Annotated[
        bool | None,
        typer.Option(
            "--log-prompts/--no-log-prompts", help="Whether the request log keeps prompts."
        ),
    ] = None,
    retention: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="How long its pictures are kept: hours or days such as 36h and 7d, forever, none "
            "(handed on with the answer only), or default for the server's.",
        ),
    ] = None,
    guard: Annotated[
        str | None,
        typer.Option(
            metavar="GUARD",
            help="A guard of limner.toml that its requests have to pass, none, or default for the "
            "server's.",
        ),
    ] = None,
    cache: Annotated[
        bool | None,
        typer.Option(
            "--cache/--no-cache",
            help="Whether a picture that was drawn before will do, for a share of its price.",
        ),
    ] = None,
    mark_ai: Annotated[
        bool | None,
        typer.Option(
            "--mark-ai/--no-mark-ai",
            help="Whether pictures say in their metadata that a machine made them.",
        ),
    ] = None,
    sign_pictures: Annotated[
        bool | None,
        typer.Option(
            "--sign-pictures/--no-sign-pictures",
            help="Whether pictures without content credentials are given some.",
        ),
    ] = None,
    strip_metadata: Annotated[
        bool | None,
        typer.Option(
            "--strip-metadata/--no-strip-metadata",
            help="Whether pictures it sends lose EXIF, GPS and the like before they leave.",
        ),
    ] = None,
    plan: PlanNamed = None,
    no_plan: Annotated[
        bool, typer.Option("--no-plan", help="Take it off its plan.", show_default=False)
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set options or plan of a workspace; running servers follow within five seconds.

    Rates and budget are for all its keys together, the rest for each of them. Another plan begins
    at once.
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
            "markup_percent": markup_percent,
        }
    )
    if log_prompts is not None:
        wanted["log_prompts"] = log_prompts
    if fallback_on_unknown is not None:
        wanted["fallback_on_unknown"] = fallback_on_unknown
    if retention is not None:
        wanted["retention"] = None if retention == "default" else retention
    if cache is not None:
        wanted["cache"] = cache
    if mark_ai is not None:
        wanted["mark_ai"] = mark_ai
    if sign_pictures is not None:
        wanted["sign_pictures"] = sign_pictures
    if strip_metadata is not None:
        wanted["strip_metadata"] = strip_metadata
    if guard is not None:
        wanted["guard"] = None if guard == "default" else guard
    chains = dict(map(chain, fallback or []))
    if plan and no_plan:
        raise typer.BadParameter("--plan and --no-plan exclude each other")
    planned = bool(plan) or no_plan
    if not wanted and not chains and not planned:
        raise typer.BadParameter("say what to set, as in --max-budget-monthly-credits 500")

    async def work(limner: Limner) -> Workspace:
        accounts, plans = limner.services.accounts, limner.services.plans
        owner = await accounts.workspace(workspace)
        plans.check(plan)
        limner.services.guards.check(None if guard == "default" else guard)
        if chains:
            whole = {**(owner.options.fallbacks or {}), **chains}
            wanted["fallbacks"] = {slug: others for slug, others in whole.items() if others} or None
            check_chains(chains, limner.services.catalog)
        if wanted:
            await accounts.set_workspace(owner.id, wanted)
        if planned:
            await plans.put(owner.id, plan)
        return await accounts.workspace(owner.id)

    found = administer(data, work)
    if as_json:
        show_json(in_json(found))
        return
    say(f"workspace {found.name} ({found.id}) has these options: {in_words(found.options)}")
    if planned:
        say(f"plan: {plan_in_words(found)}")


def chain(text: str) -> tuple[str, tuple[str, ...]]:
    """`gpt-image-2=imagen-4,flux-2-pro` as a model and those that answer in its place."""
    slug, _, others = text.partition("=")
    names = tuple(name.strip() for name in others.split(",") if name.strip())
    if not slug or not names:
        raise typer.BadParameter(f"--fallback: {text[:60]!r} is not MODEL=OTHER,OTHER")
    return slug.strip(), () if names == ("none",) else names


def plan_in_words(workspace: Workspace) -> str:
    if workspace.plan is None:
        return "-"
    return f"{workspace.plan}, renews on {day(workspace.plan_renews_at)} (UTC)"


@app.command("list")
def list_all(data: Data = None, as_json: AsJson = False) -> None:
    """Every workspace."""

    async def work(limner: Limner) -> list[Workspace]:
        return await limner.services.accounts.workspaces()

    found = administer(data, work)
    if as_json:
        show_json([in_json(one) for one in found])
        return
    rows = [
        (one.name, one.id, day(one.created_at), one.plan or "-", in_words(one.options))
        for one in found
    ]
    show_table(
        ("name", "id", "made", "plan", "options"),
        rows,
        "no workspace yet; `limner workspace create NAME` makes one",
    )
