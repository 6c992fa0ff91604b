"""`limner credits`: give credits, take them back, and see every line of what moved."""

from typing import Annotated

import typer

from limner import money
from limner.app import Limner
from limner.cli.dates import day
from limner.cli.local import administer
from limner.cli.options import WORKSPACE, AsJson, Data
from limner.cli.screen import say, show_json, show_table
from limner.ids import new_id
from limner.ledger.ledger import Posting
from limner.ledger.wallet import Wallet

app = typer.Typer(help="Credits of a workspace: show, add, list moves.", no_args_is_help=True)

OfWorkspace = Annotated[str, typer.Option("--workspace", "-w", help="Workspace, by name or id.")]


def amount(text: str) -> int:
    try:
        return money.parsed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("show")
def show(workspace: OfWorkspace = WORKSPACE, data: Data = None, as_json: AsJson = False) -> None:
    """What a workspace has, and how much of it is held for running work."""

    async def work(limner: Limner) -> Wallet:
        owner = await limner.services.accounts.workspace(workspace)
        return await limner.services.ledger.wallet(owner.id, "live")

    wallet = administer(data, work)
    told = {
        "balance": money.shown(wallet.balance),
        "held": money.shown(wallet.held),
        "available": money.shown(wallet.free.total),
    }
    if as_json:
        show_json(told)
        return
    say(f"{workspace}: {told['available']} credits available")
    say(f"  balance {told['balance']}, of which {told['held']} are held for running work")


@app.command("add", context_settings={"ignore_unknown_options": True})
def add(
    credits: Annotated[
        int,
        typer.Argument(parser=amount, metavar="CREDITS", help="Such as 25 or 0.5; -5 takes back."),
    ],
    workspace: OfWorkspace = WORKSPACE,
    note: Annotated[str | None, typer.Option(help="Why, for the ledger.")] = None,
    operation: Annotated[
        str | None,
        typer.Option(help="A name for this move: the same name again changes nothing."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add credits to a workspace; they do not expire."""

    async def work(limner: Limner) -> tuple[bool, Wallet]:
        owner = await limner.services.accounts.workspace(workspace)
        name = f"grant/{operation}" if operation else new_id("grant")
        ledger = limner.services.ledger
        moved = await ledger.grant(owner.id, credits, name, kind="topup", note=note)
        return moved, await ledger.wallet(owner.id, "live")

    moved, wallet = administer(data, work)
    if as_json:
        show_json({"added": moved, "available": money.shown(wallet.free.total)})
        return
    done = f"added {money.shown(credits)} credits" if moved else "this was done before; unchanged"
    say(f"{done}: {workspace} has {money.shown(wallet.free.total)} available")


@app.command("list")
def list_moves(
    workspace: OfWorkspace = WORKSPACE,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many lines.")] = 50,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The newest moves of a workspace's credits, newest first."""

    async def work(limner: Limner) -> list[Posting]:
        owner = await limner.services.accounts.workspace(workspace)
        return await limner.services.ledger.postings(owner.id, "live", most)

    found = administer(data, work)
    if as_json:
        show_json(found)
        return
    rows = [
        (day(one.at), one.kind, money.shown(one.amount), one.debit, one.credit, one.job_id or "")
        for one in found
    ]
    columns = ("when", "kind", "credits", "from", "to", "job")
    show_table(columns, rows, "nothing has moved yet; limner credits add 100 adds some")
