"""A process that sends as much as it may: `python -m tests.jobs.bursts URL WORKSPACE LENGTH MOST`.

It asks in bursts, and again as soon as it was told there would be room, for a few windows.
"""

import asyncio
import sys

from tests.jobs.orders import LEASE_S, SECRET, admission

from limner.accounts.accounts import Accounts
from limner.db import schema
from limner.errors import RateLimited
from limner.jobs.bounds import Bounds, Rate
from limner.jobs.jobs import Jobs
from limner.jobs.window import Window
from limner.ledger.ledger import Ledger
from limner.vault import Vault

WINDOWS = 3.2
BURST = 30


async def burst(url: str, workspace_id: str, length_s: float, most: int) -> None:
    database = await schema.connect(url, migrate=False)
    workspace = await Accounts(database, Vault(SECRET)).workspace(workspace_id)
    jobs = Jobs(database, Ledger(database), LEASE_S, window=Window(database, length_s=length_s))
    order = admission(workspace, 1, bounds=Bounds((Rate("key_1", "this key", requests=most),)))
    clock = asyncio.get_running_loop().time
    until = clock() + WINDOWS * length_s
    while clock() < until:
        tried = [jobs.admit(order) for _ in range(BURST)]
        results = await asyncio.gather(*tried, return_exceptions=True)
        wrong = [one for one in results if isinstance(one, BaseException)]
        assert all(isinstance(one, RateLimited) for one in wrong), wrong
        await asyncio.sleep(0.005)
    await database.close()


if __name__ == "__main__":
    asyncio.run(burst(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
