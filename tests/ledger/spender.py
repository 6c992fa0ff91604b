"""A server process that wants to spend: `python -m tests.ledger.spender URL WORKSPACE TRIES`.

It prints how many of its tries at one credit were admitted.
"""

import asyncio
import sys

from tests.jobs.orders import SECRET, admission, jobs_on

from limner import money
from limner.accounts.accounts import Accounts
from limner.db import schema
from limner.errors import InsufficientCredits
from limner.vault import Vault


async def spend(url: str, workspace_id: str, tries: int) -> int:
    database = await schema.connect(url, migrate=False)
    workspace = await Accounts(database, Vault(SECRET)).workspace(workspace_id)
    jobs = jobs_on(database)
    order = admission(workspace, money.credits(1))
    results = await asyncio.gather(
        *(jobs.admit(order) for _ in range(tries)), return_exceptions=True
    )
    await database.close()
    wrong = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, InsufficientCredits) for one in wrong), wrong
    return tries - len(wrong)


if __name__ == "__main__":
    print(asyncio.run(spend(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
