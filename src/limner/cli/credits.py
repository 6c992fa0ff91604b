"""`limner credits`: give credits, put right what was wrong, and see every line of what moved."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from limner import money
from limner.api.wire.corrections import correction_body, refund_body
from limner.api.wire.credits import plan_source
from limner.app import Limner
from limner.cli.beginning import owner
from limner.cli.dates import day
from limner.cli.local import administer
from limner.cli.options import WORKSPACE, AsJson, Data, OfWorkspace, commands
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.ids import new_id
from limner.ledger.corrections import Corrected
from limner.ledger.ledger import Ledger, Posting
from limner.ledger.wallet import Wallet
from limner.plans.plans import Standing

app = commands("Credits of a workspace: show, add, refund, correct, list what moved.")


Move: TypeAlias = Callable[[Ledger, str], Awaitable[Corrected]]
"""Something done to the ledger of a workspace, by its id."""
BEFORE = "this was done before; unchanged"


def amount(text: str) -> int:
    try:
        return money.parsed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Amount = Annotated[
    int | None,
    typer.Option(parser=amount, metavar="CREDITS", help="Only so many; all there are unless said."),
]
Why = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the ledger.")]
Operation = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A name for this move: the same name again changes nothing."),
]


@app.command("show")
def show(workspace: OfWorkspace = WORKSPACE, data: Data = None, as_json: AsJson = False) -> None:
    """What a workspace has, and how much of it is held for running work."""

    async def work(limner: Limner) -> tuple[Wallet, Standing]:
        payer = await owner(limner, workspace)
        services = limner.services
        return await services.ledger.wallet(payer.id, "live"), await services.plans.standing(
            payer.id
        )

    wallet, standing = administer(data, work)
    told = {
        "balance": money.shown(wallet.balance),
        "held": money.shown(wallet.held),
        "available": money.at_least(wallet.free.total),
    }
    if as_json:
        show_json(told | ({"plan": plan_source(wallet, standing)} if standing.plan else {}))
        return
    say(f"{workspace}: {told['available']} credits available")
    say(f"  balance {told['balance']}, of which {told['held']} are held for running work")
    for line in plan_lines(wallet, standing):
        say(f"  {line}")


def plan_lines(wallet: Wallet, standing: Standing) -> list[str]:
    """What a plan gave, and what becomes of it."""
    terms = standing.terms
    if terms is None:
        unknown = f"plan {standing.plan}: it is not configured, so nothing is given"
        return [unknown] if standing.plan else []
    left = standing.expiring(wallet.free.plan)
    return [
        f"plan {standing.plan}: {money.shown(terms.monthly)} credits a month, "
        f"{money.shown(wallet.plan)} left",
        f"renews on {day(standing.renews_at)} (UTC); "
        f"{money.shown(left) if left else 'nothing'} expires then, if it stays unused",
    ]


@app.command("add", context_settings={"ignore_unknown_options": True})
def add(
    credits: Annotated[
        int,
        typer.Argument(parser=amount, metavar="CREDITS", help="Such as 25 or 0.5; -5 takes back."),
    ],
    workspace: OfWorkspace = WORKSPACE,
    note: Why = None,
    operation: Operation = None,
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
        return BEFORE
    verb = "added" if micro > 0 else "took back"
    return f"{verb} {money.shown(abs(micro))} credits"


@app.command("refund")
def refund(
    job_id: Annotated[str, typer.Argument(metavar="JOB", help="The id of a job that was charged.")],
    workspace: OfWorkspace = WORKSPACE,
    amount: Amount = None,
    note: Why = None,
    operation: Operation = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a job's charge back, or some of it.

    Reports and the log go on to say what was charged; the refund is shown beside it.
    """
    name = operation or new_id("refund")
    done = corrected(
        workspace,
        data,
        lambda ledger, payer: ledger.refund(payer, job_id, name, amount=amount, note=note),
    )
    if as_json:
        show_json(refund_body(job_id, done))
        return
    moved = f"gave {money.shown(done.moved)} credits back" if done.moved else BEFORE
    say(f"{moved}: of {money.shown(done.amount)} charged, {money.shown(done.back)} are refunded")


@app.command("correct")
def correct(
    corrects: Annotated[
        str, typer.Argument(metavar="OPERATION", help="What gave the credits, as the list has it.")
    ],
    workspace: OfWorkspace = WORKSPACE,
    amount: Amount = None,
    note: Why = None,
    operation: Operation = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take back what an operation gave, or some of it, as long as it is free."""
    name = operation or new_id("correct")
    done = corrected(
        workspace,
        data,
        lambda ledger, payer: ledger.correct(payer, corrects, name, amount=amount, note=note),
    )
    if as_json:
        show_json(correction_body(corrects, done))
        return
    moved = f"took {money.shown(done.moved)} credits back" if done.moved else BEFORE
    say(f"{moved}: of {money.shown(done.amount)} given, {money.shown(done.back)} are taken back")


def corrected(workspace: str, data: Path | None, move: Move) -> Corrected:
    """What came of a move that puts something right for a workspace."""

    async def work(limner: Limner) -> Corrected:
        payer = await owner(limner, workspace)
        return await move(limner.services.ledger, payer.id)

    return administer(data, work)


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
        (day(one.at), one.kind, money.shown(one.amount), one.debit, one.credit, named(one))
        for one in found
    ]
    columns = ("when", "kind", "credits", "from", "to", "operation")
    show_table(columns, rows, "nothing has moved yet; `limner credits add 100` adds some")


def named(posting: Posting) -> str:
    """The operation of a line, and that which it corrects."""
    name = short(posting.operation)
    return f"{name}, of {short(posting.corrects)}" if posting.corrects else name


def short(operation: str) -> str:
    """An operation without whose it is."""
    return operation.split("/", 2)[-1] if operation.startswith("live/") else operation
