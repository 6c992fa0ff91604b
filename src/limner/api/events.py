"""What a webhook is sent: the event, and the job as anybody who asks for it now is told.

It is written when it is sent, so its links work from then on, also in a delivery by hand.
"""

import datetime

import msgspec

from limner.api.routes.jobs import bodies
from limner.api.services import Services
from limner.api.wire.jobs import JobBody
from limner.api.wire.webhooks import EventBody
from limner.webhooks.sender import Due

MICROSECONDS = 1_000_000


class Events:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def body(self, due: Due, base: str) -> bytes:
        """An event as JSON; its links begin with `base` unless the settings say otherwise."""
        at = datetime.datetime.fromtimestamp(due.created_at / MICROSECONDS, datetime.UTC)
        timestamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return msgspec.json.encode(EventBody(due.type, timestamp, await self._data(due, base)))

    async def _data(self, due: Due, base: str) -> JobBody | msgspec.Raw:
        services = self._services
        if due.job_id is None:
            return msgspec.Raw((due.data or "{}").encode())
        job = await services.jobs.job(due.workspace_id, due.ledger, due.job_id)
        reached_at = services.settings.public_url.rstrip("/") or base
        (body,) = await bodies([job], services, reached_at)
        return body
