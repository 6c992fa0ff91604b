"""Telling a provider that a job was cancelled which it works on by itself.

The job has ended by then, whatever comes of this: what goes on all the same costs nothing but time.
"""

import asyncio

import structlog

from limner.db.base import Database, DatabaseAway
from limner.generation.connections import Connections
from limner.jobs.cancelling import left_behind
from limner.providers.base import CancellingProvider, ProviderError

log = structlog.get_logger()

LONGEST_S = 5.0
"""Whoever cancelled waits for it."""


async def called_off(job_id: str, database: Database, connections: Connections) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            left = await left_behind(job_id, database)
            provider = await connections.connected(left.provider) if left else None
            if left and isinstance(provider, CancellingProvider):
                await provider.cancel(left.task)
    except (ProviderError, DatabaseAway, TimeoutError) as error:
        why = error.detail if isinstance(error, ProviderError) else type(error).__name__
        log.warning("cancel_not_told", job_id=job_id, detail=why)
