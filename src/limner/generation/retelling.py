"""Telling again what a job was answered: the same words, from its row and its pictures.

What an answer says beside its pictures is kept, sealed, for jobs that may be asked again; of others
the row says enough for a caller whose first answer was lost.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import msgspec

from limner import errors
from limner.errors import ArtifactUnreadable, InternalError, LimnerError, NotFound
from limner.files.artifact import Artifact, Kept
from limner.files.artifacts import Artifacts
from limner.generation import wording
from limner.generation.words import NONE, Words, words_of
from limner.jobs.feed import Admitted, Completed, Failed
from limner.jobs.job import Job, Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.known_jobs import Retold
from limner.ledger.wallet import Split
from limner.providers.base import Usage
from limner.vault import Vault

MICROSECONDS = 1_000_000


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says that is known before anything is drawn."""

    created: int
    asked_for: str
    parameters: msgspec.Raw
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]
    chosen: dict[str, str]
    depth: int = 0
    cached: bool = False

    def admitted(self, ticket: Ticket, model: str) -> Admitted:
        """How the job began, as its first caller was told."""
        return Admitted(
            ticket,
            created=self.created,
            model=model,
            asked_for=self.asked_for,
            parameters=bytes(self.parameters),
            ignored=self.ignored,
            warnings=self.warnings,
            chosen=self.chosen,
            depth=self.depth,
            cached=self.cached,
        )


class Told(Begun, frozen=True, kw_only=True):
    """What an answer says beside its pictures."""

    asked: int
    usage: dict[str, int | None] | None
    resolved: dict[str, str]
    at_the_end: tuple[str, ...]
    """Warnings that were known only when the pictures were there."""
    store: bool


def begun(admitted: Admitted) -> dict[str, Any]:
    """What `Begun` holds, by name."""
    return {
        "created": admitted.created,
        "asked_for": admitted.asked_for,
        "parameters": msgspec.Raw(admitted.parameters),
        "ignored": admitted.ignored,
        "warnings": admitted.warnings,
        "chosen": admitted.chosen,
        "depth": admitted.depth,
        "cached": admitted.cached,
    }


def written(admitted: Admitted, completed: Completed, vault: Vault, *, store: bool) -> str:
    """The words of an answer, sealed: callers' own are among them."""
    told = Told(
        **begun(admitted),
        asked=completed.asked,
        usage=asdict(completed.usage) if completed.usage else None,
        resolved=completed.resolved,
        at_the_end=completed.warnings,
        store=store,
    )
    about = admitted.ticket.job_id
    return vault.seal(msgspec.json.encode(told).decode(), about=about)


class Retelling:
    def __init__(self, jobs: Jobs, artifacts: Artifacts, vault: Vault) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._vault = vault

    async def admitted(self, job: Job) -> Admitted:
        """How a job began, as its first caller was told."""
        row = await self._jobs.retold(job)
        return self._admitted(job, row, self._told(job, row))

    async def end(self, job: Job) -> Completed | Failed:
        """How a job that has ended did so; pictures that can no longer be had are an error."""
        row = await self._jobs.retold(job)
        if job.state == "failed":
            return Failed(failure(job, row.outcome))
        try:
            kept = await self._kept(job)
        except NotFound:
            return Failed(unreadable(job))
        told = self._told(job, row)
        return Completed(
            pictures=kept,
            charged=job.charged,
            asked=told.asked if told else row.n,
            cost=(row.cost or "null").encode(),
            usage=Usage(**cast(dict[str, int], told.usage)) if told and told.usage else None,
            resolved=told.resolved if told else {},
            warnings=warnings(told, kept) if told else (),
        )

    def _told(self, job: Job, row: Retold) -> Told | None:
        if row.answer is None:
            return None
        return msgspec.json.decode(self._vault.open(row.answer, about=job.id), type=Told)

    def _admitted(self, job: Job, row: Retold, told: Told | None) -> Admitted:
        ticket = Ticket(job.id, job.workspace_id, job.ledger, 0, Split(0, 0))
        if told is None:
            return Admitted(
                ticket,
                created=job.created_at // MICROSECONDS,
                model=job.model,
                asked_for=job.model,
                parameters=wording.parameters_of_row(row.params),
                ignored=(),
                warnings=(),
            )
        return told.admitted(ticket, job.model)

    async def _kept(self, job: Job) -> tuple[Kept, ...]:
        """The pictures with their bytes. Raises NotFound when one of them has gone."""
        artifacts, expired = await self._artifacts.of_job(job.id)
        if expired or not artifacts:
            raise NotFound("some pictures have expired")
        words = words_of(job, self._vault)
        return tuple([await self._whole(one, words.get(one.position, NONE)) for one in artifacts])

    async def _whole(self, artifact: Artifact, words: Words) -> Kept:
        data = await self._bytes(artifact)
        return Kept(artifact, data, False, words.revised_prompt, words.title, words.lyrics)

    async def _bytes(self, artifact: Artifact) -> memoryview:
        chunks = [chunk async for chunk in self._artifacts.read(artifact, 0, artifact.bytes)]
        return memoryview(b"".join(chunks))


def warnings(told: Told, kept: Sequence[Kept]) -> tuple[str, ...]:
    filed = all(one.artifact.file_id for one in kept)
    return told.at_the_end if filed or not told.store else (*told.at_the_end, wording.NOT_FILED)


def failure(job: Job, outcome: str | None) -> LimnerError:
    """The error that a failed job's caller was answered with."""
    message = job.error_message or "the job failed"
    if outcome == "unknown" and job.error_code != errors.JobCancelled.code:
        return errors.JobTimeout(message, job_id=job.id)
    return by_code(job.error_code or "")(message)


def by_code(code: str) -> type[LimnerError]:
    known: list[type[LimnerError]] = [LimnerError]
    for kind in known:
        if kind.code == code and kind is not LimnerError:
            return kind
        known += kind.__subclasses__()
    return InternalError


def unreadable(job: Job) -> LimnerError:
    return ArtifactUnreadable(
        f"this request was answered before, but its pictures have expired since; "
        f"GET /v1/images/jobs/{job.id} tells what is left of them",
        job_id=job.id,
    )
