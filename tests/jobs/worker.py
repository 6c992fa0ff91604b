"""A server process with five jobs at work: `python -m tests.jobs.worker URL WORKSPACE LEASE`."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.jobs.orders import SECRET, admission, jobs_on

from limner.accounts.accounts import Accounts
from limner.db import schema
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.jobs.keeper import Keeper
from limner.vault import Vault


async def work(url: str, workspace_id: str, lease_s: float, folder: Path) -> None:
    database = await schema.connect(url, migrate=False)
    workspace = await Accounts(database, Vault(SECRET)).workspace(workspace_id)
    jobs = jobs_on(database, lease_s)
    for _ in range(5):
        await jobs.admit(admission(workspace, 4))
    print("5 jobs at work", flush=True)
    await Keeper(database, jobs, Artifacts(database, LocalBlobs(folder))).run()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(folder)))
