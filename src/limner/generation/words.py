"""Words of the caller, and those that come with pictures and songs: sealed in the job's row."""

from collections.abc import Iterable

import msgspec

from limner.accounts.api_key import Caller
from limner.files.artifact import Kept
from limner.jobs.job import Job
from limner.vault import Vault


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """The prompt as the provider rewrote it, or the title and lyrics of a song."""

    revised_prompt: str | None = None
    title: str | None = None
    lyrics: str | None = None


NONE = Words()


def sealed(kept: Iterable[Kept], job_id: str, vault: Vault) -> str | None:
    """The words of all that a job gave; None when there are none."""
    by_position = {
        str(one.artifact.position): Words(one.revised_prompt, one.title, one.lyrics) for one in kept
    }
    said = {position: words for position, words in by_position.items() if words != NONE}
    if not said:
        return None
    return vault.seal(msgspec.json.encode(said).decode(), about=job_id)


def logged(prompt: str, request_id: str, caller: Caller, vault: Vault) -> str | None:
    """What the request log keeps of a prompt; None where the workspace has not asked for it."""
    if not (caller.options.log_prompts and prompt):
        return None
    return vault.seal(prompt, about=request_id)


def words_of(job: Job, vault: Vault) -> dict[int, Words]:
    """The same of a job that was read, by position. A rewritten prompt may stand alone."""
    if job.sealed is None:
        return {}
    text = vault.open(job.sealed, about=job.id)
    said = msgspec.json.decode(text, type=dict[str, str | Words])
    return {
        int(position): Words(revised_prompt=words) if isinstance(words, str) else words
        for position, words in said.items()
    }
