"""Reading what resellers of Suno say: one envelope, whose `code` decides and not the HTTP status.

A task goes through PENDING, TEXT_SUCCESS and FIRST_SUCCESS to SUCCESS. One whose callback failed
may have its tracks all the same. Resellers give credits back for what failed, and bill no refusal.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure
from limner.providers.http import Reply, retry_after

WHO = "the reseller of suno"

OUTCOMES: Mapping[int, tuple[Outcome, Reason]] = {
    400: ("known_not_run", "bad_parameter"),
    401: ("known_not_run", "provider_account"),
    402: ("known_not_run", "provider_account"),
    403: ("known_not_run", "provider_account"),
    404: ("known_not_run", "provider_error"),
    405: ("known_not_run", "capacity"),
    409: ("known_not_run", "bad_parameter"),
    413: ("known_not_run", "bad_parameter"),
    422: ("known_not_run", "bad_parameter"),
    429: ("known_not_run", "provider_account"),
    430: ("known_not_run", "capacity"),
    451: ("known_not_run", "capacity"),
    455: ("known_not_run", "capacity"),
    500: ("ran", "provider_error"),
    501: ("ran", "provider_error"),
    531: ("ran", "provider_error"),
}
"""`code` of an envelope. 429 is an empty account there, 430 too many."""

BARE: Mapping[int, tuple[Outcome, Reason]] = {
    301: ("known_not_run", "provider_error"),
    307: ("known_not_run", "provider_error"),
    308: ("known_not_run", "provider_error"),
    401: ("known_not_run", "provider_account"),
    402: ("known_not_run", "provider_account"),
    403: ("known_not_run", "provider_account"),
    404: ("known_not_run", "provider_error"),
    405: ("known_not_run", "provider_error"),
    429: ("known_not_run", "capacity"),
}
"""HTTP status of an answer without an envelope, which may be a proxy's."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")
DONE: Mapping[str, float] = {"PENDING": 0.1, "TEXT_SUCCESS": 0.3, "FIRST_SUCCESS": 0.7}
COVER_DONE = {0: 0.1, 2: 0.5}
REFUSED, CALLBACK = "SENSITIVE_WORD_ERROR", "CALLBACK_EXCEPTION"


class Track(msgspec.Struct, frozen=True, rename="camel"):
    audio_url: str | None = None
    image_url: str | None = None
    prompt: str | None = None
    title: str | None = None
    tags: str | None = None


class Response(msgspec.Struct, frozen=True, rename="camel"):
    suno_data: list[Track] | None = None
    images: list[str] | None = None


class Data(msgspec.Struct, frozen=True, rename="camel"):
    task_id: str | None = None
    status: str | None = None
    success_flag: int | None = None
    response: Response | None = None
    result_json: str | None = None

    @property
    def tracks(self) -> Sequence[Track]:
        """Those that can be heard; some resellers write them as a text of JSON."""
        found = self.response.suno_data if self.response else None
        if found is None and self.result_json:
            try:
                found = msgspec.json.decode(self.result_json, type=Response).suno_data
            except msgspec.MsgspecError:
                found = None
        return [track for track in found or () if track.audio_url]


class Coded(msgspec.Struct, frozen=True):
    code: int


class Envelope(msgspec.Struct, frozen=True):
    code: int
    msg: Any = None
    data: Data | None = None


def read_envelope(reply: Reply) -> Envelope | None:
    """None for an answer without one."""
    try:
        return msgspec.json.decode(reply.body, type=Envelope)
    except msgspec.MsgspecError:
        return None


def read_code(reply: Reply) -> int:
    """The code of an answer, whatever its data is; without an envelope, its status."""
    try:
        return msgspec.json.decode(reply.body, type=Coded).code
    except msgspec.MsgspecError:
        return reply.status


def read_submitted(reply: Reply, *, cover: bool) -> str:
    """The task of an order that was taken. Raises ProviderError.

    A cover that exists is told as a 400 with its task: that is as good as a new one.
    """
    said = read_envelope(reply)
    task = said.data.task_id if said and said.data else None
    if said is not None and task and (said.code == 200 or (cover and said.code == 400)):
        return task
    if said is not None and said.code == 200:
        raise failure(WHO, "ran", detail="code 200 without a task")
    raise refusal(reply, said)


def refusal(reply: Reply, said: Envelope | None) -> ProviderError:
    if said is None and reply.status == 200:
        return failure(WHO, "ran", detail="HTTP 200, which cannot be read")
    known = OUTCOMES.get(said.code, UNKNOWN) if said else BARE.get(reply.status, UNKNOWN)
    outcome, reason = known
    wait = retry_after(reply.headers, time.time()) if reason == "capacity" else None
    detail = f"HTTP {reply.status}, " + (f"code {said.code}" if said else "no envelope")
    return failure(WHO, outcome, reason, detail=detail, retry_after=wait)


def ended_badly(data: Data) -> ProviderError | None:
    """Why a task will bring nothing; None for one that may."""
    status = data.status or ""
    if status == REFUSED:
        return failure(WHO, "ran", "content_policy_violation", detail=status)
    if status.endswith("_FAILED") or data.success_flag == 3:
        return failure(WHO, "ran", detail=f"status {status or data.success_flag}")
    return None


def done(data: Data) -> float:
    """How far a task is, by its status; one that nobody knows has begun."""
    if data.success_flag is not None:
        return COVER_DONE.get(data.success_flag, 0.5)
    return DONE.get(data.status or "", 0.1)
