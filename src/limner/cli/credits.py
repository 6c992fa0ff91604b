"""`limner credits`: give credits, take them back, and see every line of what moved."""

from typing import Annotated

import typer

from limner import money
from limner.app import Limner
from limner.cli.beginning import owner
from limner.cli.dates import day
from limner.cli.local import administer
from limner.cli.options import WORKSPACE, AsJson, Data, OfWorkspace, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.ids import new_id
from limner.ledger.ledger import Posting
from limner.ledger.wallet import Wallet

app = commands("Credits of a workspace: show, add, list what moved.")


def amount(text: str) -> int:
    try:
        return money.parsed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("show")
def show(workspace: OfWorkspace = WORKSPACE, data: Data = None, as_json: AsJson = False) -> None:
    """What a workspace has, and how much of it is held for running work."""

    async def work(limner: Limner) -> Wallet:
        payer = await owner(limner, workspace)
        return await limner.services.ledger.wallet(payer.id, "live")

    wallet = administer(data, work)
    told = {
        "balance": money.shown(wallet.balance),
        "held": money.shown(wallet.held),
        "available": money.at_least(wallet.free.total),
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
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the ledger.")] = None,
    operation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A name for this move: the same name again changes nothing."
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add credits to a workspace; they do not expire."""

    async def work(limner: Limner) -> tuple[bool, Wallet]:
        payer = await owner(limner, workspace)
        name = f"grant/{operation}" if operation else new_id("grant")
        ledger = limner.services.ledger
        moved = await ledger.grant(payer.id, credits, name, kind="topup", note=note)
        return moved, await ledger.wallet(payer.id, "live")

    moved, wallet = administer(data, work)
    if as_json:
        show_json({"added": moved, "available": money.at_least(wallet.free.total)})
        return
    say(f"{done(moved, credits)}: {workspace} has {money.at_least(wallet.free.total)} available")


def done(moved: bool, micro: int) -> str:
    if not moved:
        return "this was done before; unchanged"
    verb = "added" if micro > 0 else "took back"
    return f"{verb} {money.shown(abs(micro))} credits"


@app.command("list")
def list_moves(
    workspace: OfWorkspace = WORKSPACE,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=1, max=1000, help="How many lines.")
    ] = 50,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The newest moves of a workspace's credits, newest first."""

    async def work(limner: Limner) -> list[Posting]:
        payer = await owner(limner, workspace)
        return await limner.services.ledger.postings(payer.id, "live", most)

    found = administer(data, work)
    if as_json:
        show_json(found)
        return
    rows = [
        (day(one.at), one.kind, money.shown(one.amount), one.debit, one.credit, one.job_id or "")
        for one in found
    ]
    columns = ("when", "kind", "credits", "from", "to", "job")
    show_table(columns, rows, "nothing has moved yet; `limner credits add 100` adds some")
