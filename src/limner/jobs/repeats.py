"""Repeats: a request that was sent before is answered by the job it made, and starts nothing.

A caller may give a request a key of their own; then any repeat of it is known by that. Clients that
send again by themselves give none. They do so only after their first try ended, so a request with
the same body, of the same API key, belongs to a job that nobody waits for any more: whose caller
was sent away or hung up. Its pictures are given once; whoever asks again after that wants others. A
failure is told for half a minute, because a provider may have been paid for what it did not give.
"""

import re
from contextlib import suppress
from typing import cast

from limner.accounts.api_key import Caller
from limner.clock import Clock, monotonic
from limner.db.base import Database, DatabaseAway, DatabaseFull
from limner.errors import IdempotencyInProgress, IdempotencyMismatch, InvalidParams, LimnerError
from limner.jobs import repeat_store
from limner.jobs.job import Job, Origin
from limner.jobs.jobs import Jobs

WINDOW_S = 600
"""For how long a job that was left belongs to whoever sends its request again."""
FAILED_S = 30
LATELY_S = 60
"""How long ago a job may have ended whose answer was lost on its way."""
REFUSED_S = 300
MOST_REFUSED = 10_000
MOST_COLLECTED = 10_000
KEY = re.compile(r"[A-Za-z0-9_.:-]{1,255}", re.ASCII)


class Repeats:
    def __init__(
        self, database: Database, jobs: Jobs, *, attach: bool, clock: Clock = monotonic
    ) -> None:
        """`attach` is whether requests without a key of their own are looked at."""
        self._database = database
        self._jobs = jobs
        self._attach = attach
        self._clock = clock
        self._collected: set[str] = set()
        self._refused: dict[tuple[str, str], float] = {}

    async def earlier(self, caller: Caller, origin: Origin) -> Job | None:
        """The job that answers this request, if it is a repeat.

        Raises IdempotencyInProgress while a request of the same key runs, and IdempotencyMismatch
        for a key that stands for another body.
        """
        if origin.idempotency_key is not None:
            return await self._of_key(caller, origin)
        if not self._attach:
            return None
        job = await self._found(caller, origin, repeat_store.LEFT)
        if job is None and origin.resent and not self._was_refused(caller, origin):
            job = await self._found(caller, origin, repeat_store.LOST)
        return job

    def refused(self, caller: Caller, origin: Origin) -> None:
        """Note that a request was refused and may come again: its next try is no lost answer's."""
        if len(self._refused) >= MOST_REFUSED:
            self._refused.clear()
        self._refused[caller.key_id, origin.body_digest] = self._clock() + REFUSED_S

    def _was_refused(self, caller: Caller, origin: Origin) -> bool:
        return self._refused.pop((caller.key_id, origin.body_digest), 0.0) > self._clock()

    async def known(self, caller: Caller, origin: Origin) -> LimnerError:
        """What to answer a request whose key was claimed while it was looked at."""
        try:
            job = await self._of_key(caller, origin)
        except LimnerError as error:
            return error
        assert job is not None  # the key was claimed a moment ago
        return refusal(job.id, same_body=True)

    async def leave(self, job_id: str, workspace_id: str) -> bool:
        """Note that nobody waits for a job any more, so that a repeat of its request may.

        False for a job that has ended: it is for who waited for it, and for no repeat.
        """
        self._jobs.underway.left(job_id)
        own = {"job_id": job_id, "workspace_id": workspace_id}
        try:
            return (await self._database.write(repeat_store.LEAVE, own)).refusal is None
        except (DatabaseAway, DatabaseFull):  # then a repeat starts anew
            return True

    async def collected(self, job: Job) -> None:
        """Note that the pictures of a job that was left were fetched all the same."""
        if job.state != "completed" or job.left_at is None or job.id in self._collected:
            return
        if len(self._collected) >= MOST_COLLECTED:
            self._collected.clear()
        self._collected.add(job.id)
        own = {"job_id": job.id, "workspace_id": job.workspace_id}
        with suppress(DatabaseAway, DatabaseFull):
            await self._database.write(repeat_store.COLLECT, own)

    async def sweep(self) -> int:
        """Forget keys that have had their day."""
        await self._database.write(repeat_store.SWEEP_KEYS, {})
        return 0

    async def sweep_orphans(self) -> int:
        return 0

    async def _of_key(self, caller: Caller, origin: Origin) -> Job | None:
        rows = await self._database.fetch(
            repeat_store.BY_KEY,
            {
                "workspace_id": caller.workspace_id,
                "ledger": caller.mode,
                "route": origin.route,
                "idempotency_key": origin.idempotency_key,
            },
        )
        if not rows:
            return None
        job_id, digest = cast(tuple[str, str], rows[0])
        if digest != origin.body_digest:
            raise refusal(job_id, same_body=False)
        job = await self._jobs.job(caller.workspace_id, caller.mode, job_id)
        if job.state == "processing":
            raise refusal(job_id, same_body=True)
        return job

    async def _found(self, caller: Caller, origin: Origin, sql: str) -> Job | None:
        """A job of the same body, taken so that no other repeat gets it too."""
        about: dict[str, str | int | None] = {
            "workspace_id": caller.workspace_id,
            "key_id": caller.key_id,
            "body_digest": origin.body_digest,
            "window_us": WINDOW_S * 1_000_000,
            "failed_us": FAILED_S * 1_000_000,
            "lately_us": LATELY_S * 1_000_000,
        }
        while rows := await self._database.fetch(sql, about):
            job_id, state = cast(tuple[str, str], rows[0])
            if await self._taken(job_id, state, caller) or sql is repeat_store.LOST:
                return await self._jobs.job(caller.workspace_id, caller.mode, job_id)
        return None

    async def _taken(self, job_id: str, state: str, caller: Caller) -> bool:
        """Whether a job became this caller's; a failure is everybody's."""
        if state == "failed":
            return True
        own = {"job_id": job_id, "workspace_id": caller.workspace_id}
        take = repeat_store.RETURN if state == "processing" else repeat_store.COLLECT
        return (await self._database.write(take, own)).refusal is None


def refusal(job_id: str, *, same_body: bool) -> LimnerError:
    """What a request is told whose idempotency key stands for another or is not answered yet."""
    if same_body:
        return IdempotencyInProgress(
            "a request with this Idempotency-Key is still running; nothing was started. Collect "
            f"it with GET /v1/images/jobs/{job_id}",
            job_id=job_id,
        )
    return IdempotencyMismatch(
        "this Idempotency-Key was sent with another body before; nothing was started and nothing "
        "was charged. Use a fresh key for a new request",
        param="Idempotency-Key",
    )


def checked_key(key: str | None) -> str | None:
    """Raises InvalidParams for what is no idempotency key."""
    if key is not None and not KEY.fullmatch(key):
        raise InvalidParams(
            "Idempotency-Key must be 1 to 255 of A-Z a-z 0-9 _ . : -", param="Idempotency-Key"
        )
    return key
