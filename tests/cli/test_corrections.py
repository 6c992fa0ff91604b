"""Refunds, corrections and losses from a shell."""

import asyncio
import re

import pytest
from tests.cli.terminal import Terminal
from tests.jobs.orders import admission, finish, jobs_on

from limner import money
from limner.accounts.accounts import Accounts
from limner.db import schema
from limner.jobs.job import Ticket
from limner.vault import Vault

FOUR = money.credits(4)


@pytest.fixture
def spent(either: Terminal) -> Terminal:
    """Where 10 credits were given to the default workspace."""
    either.done("credits", "add", "10", "--operation", "start")
    return either


def a_job(terminal: Terminal, *, fails: bool = False) -> str:
    """The id of a job of the default workspace that cost 4 credits, or failed at its provider."""

    async def work() -> Ticket:
        database = await schema.connect(terminal.environ["LIMNER_DATABASE_URL"], migrate=False)
        owner = await Accounts(database, Vault(bytes(32))).workspace("default")
        jobs = jobs_on(database)
        ticket = await jobs.admit(admission(owner, FOUR))
        if fails:
            await jobs.fail(ticket, code="job_timeout", message="too late", outcome="unknown")
        else:
            await finish(jobs, ticket, FOUR)
        await database.close()
        return ticket

    return asyncio.run(work()).job_id


def test_a_charge_is_given_back_in_parts_and_whole(spent: Terminal) -> None:
    job_id = a_job(spent)
    part = ("credits", "refund", job_id, "--amount", "1.5", "--operation", "r1", "--note", "why")
    done = spent.done_inside(*part)
    assert done.out == "gave 1.5 credits back: of 4 charged, 1.5 are refunded\n"
    again = spent.done_inside(*part)
    assert again.out == "this was done before; unchanged: of 4 charged, 1.5 are refunded\n"
    rest = spent.done_inside("credits", "refund", job_id, "--json").json
    assert (rest["credits"], rest["refunded"]) == (2.5, 4)
    none_left = spent.inside("credits", "refund", job_id)
    assert none_left.code == 1
    assert "cost 4 credits, of which 0 can still go back; nothing was written" in none_left.err
    assert spent.done_inside("credits", "show", "--json").json["balance"] == "10"
    listed = spent.done_inside("credits", "list").out
    assert re.search(rf"refund/r1, of settle/{job_id}/topup", listed)


def test_what_was_given_is_taken_back_by_the_name_in_the_list(spent: Terminal) -> None:
    done = spent.done_inside("credits", "correct", "start", "--amount", "3")
    assert done.out == "took 3 credits back: of 10 given, 3 are taken back\n"
    rest = spent.done_inside("credits", "correct", "grant/start", "--json").json
    assert (rest["credits"], rest["corrected"]) == (7, 10)
    assert spent.inside("credits", "correct", "start").code == 1
    spent.done_inside("credits", "add", "2")
    listed = spent.done_inside("credits", "list").out.splitlines()
    (name,) = re.findall(r"grant_\w+", listed[1])
    assert spent.done_inside("credits", "correct", name).code == 0


def test_what_is_no_amount_moves_nothing(terminal: Terminal) -> None:
    terminal.done_inside("credits", "add", "10", "--operation", "start")
    for amount in ("0", "-1", "abc", "NaN", "1e3", "0.0000001", "11"):
        ran = terminal.inside("credits", "correct", "start", f"--amount={amount}")
        assert ran.code in (1, 2), amount
    assert terminal.done_inside("credits", "show", "--json").json["balance"] == "10"


def test_what_is_not_there_is_told(spent: Terminal) -> None:
    assert "there is no job 'x'" in spent.inside("credits", "refund", "x").err
    assert "there is no operation 'x'" in spent.inside("credits", "correct", "x").err


def test_losses_are_listed_with_their_jobs(spent: Terminal) -> None:
    assert "nothing was lost" in spent.done_inside("losses").out
    job_id = a_job(spent, fails=True)
    told = spent.done_inside("losses").out
    assert job_id in told
    for words in ("sketch-1", "job_timeout", "nobody knows", "default"):
        assert words in told
    report = spent.done_inside("losses", "--since", "1d", "--json").json
    assert report["totals"] == {"losses": 1, "credits": 4}
    assert report["data"][0]["error"] == "too late"
    assert "nothing was lost" in spent.done_inside("losses", "--until", "2026-01-01").out
    assert "nothing was lost" in spent.done_inside("losses", "--test").out
    assert "losses: 1 this month, 4 credits" in spent.done_inside("doctor").out
    assert spent.inside("losses", "--since", "yesterday").code == 1
