"""`limner workspace`: who owns keys, pictures and credits."""

from typing import Annotated

import typer

from limner.accounts.workspace import Workspace
from limner.app import Limner
from limner.cli.dates import day
from limner.cli.local import administer
from limner.cli.options import AsJson, Data, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table

app = commands("Workspaces own keys, pictures and credits.")


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
        show_json(made)
        return
    say(f"workspace {made.name} made, its id is {made.id}")
    say(f"next: limner credits add 100 --workspace {made.name}")
    say(f"      limner key create --workspace {made.name}")


@app.command("list")
def list_all(data: Data = None, as_json: AsJson = False) -> None:
    """Every workspace."""

    async def work(limner: Limner) -> list[Workspace]:
        return await limner.services.accounts.workspaces()

    found = administer(data, work)
    if as_json:
        show_json(found)
        return
    rows = [(one.name, one.id, day(one.created_at)) for one in found]
    show_table(
        ("name", "id", "made"),
        rows,
        "no workspace yet; `limner workspace create NAME` makes one",
    )
