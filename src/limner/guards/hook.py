"""The question to a guard: a form with a JSON part `request` and a part for each picture.

It answers `{"allow": true}`, or false with a `reason`, or a list with a verdict for each picture.
The address is the operator's own, so it may lie in a private network.
"""

import asyncio
import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from limner.fetch.guard import NotFetched, guarded_post
from limner.fetch.reach import Reach

MOST_ANSWER = 64 * 1024
LONGEST_REASON = 300
ANYWHERE = Reach.of("0.0.0.0/0, ::/0")


class GuardAway(Exception):
    """No answer in time, or none that can be read; the message is for the operator."""


class Verdict(msgspec.Struct, frozen=True):
    allow: bool | list[bool]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be looked at."""

    content_type: str
    read: Callable[[], bytes] = field(repr=False)
    """Gives the bytes, in a thread."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about; `stage` is `before` or `after` the picture was made."""

    stage: str
    job_id: str
    workspace_id: str
    task: str
    model: str
    prompt: str | None
    """None where a server goes on with what another began: no prompt is kept for that."""
    n: int
    revised_prompts: tuple[str, ...] = ()
    pictures: int = 0


async def verdict(
    question: Question, pictures: Sequence[Shown], *, url: str, secret: str, timeout_s: float
) -> Verdict:
    """Raises GuardAway."""
    boundary = secrets.token_hex(16)
    body = await asyncio.to_thread(form, question, pictures, boundary)
    headers = {
        "content-type": f"multipart/form-data; boundary={boundary}",
        "user-agent": "limner",
        **({"authorization": f"Bearer {secret}"} if secret else {}),
    }
    try:
        told = await guarded_post(
            url,
            headers=headers,
            body=body,
            limit_bytes=MOST_ANSWER,
            timeout_s=timeout_s,
            reach=ANYWHERE,
        )
    except NotFetched as error:
        raise GuardAway(error.reason) from None
    if told.status != 200:
        raise GuardAway(f"it is answered with status {told.status}")
    return read(told.excerpt, len(pictures))


def read(answer: bytes, pictures: int) -> Verdict:
    try:
        found = msgspec.json.decode(answer, type=Verdict)
    except msgspec.MsgspecError:
        raise GuardAway("its answer is no verdict") from None
    if isinstance(found.allow, list) and len(found.allow) != pictures:
        raise GuardAway(f"it judged {len(found.allow)} pictures of {pictures}")
    reason = "".join(char for char in found.reason if char.isprintable())[:LONGEST_REASON]
    return Verdict(found.allow, reason.strip())


def form(question: Question, pictures: Sequence[Shown], boundary: str) -> bytes:
    """For a thread: pictures are decoded here."""
    out = io.BytesIO()
    out.write(
        f'--{boundary}\r\ncontent-disposition: form-data; name="request"\r\n'
        "content-type: application/json\r\n\r\n".encode()
    )
    out.write(msgspec.json.encode(question))
    for number, picture in enumerate(pictures, 1):
        out.write(
            f'\r\n--{boundary}\r\ncontent-disposition: form-data; name="picture"; '
            f'filename="{number}"\r\ncontent-type: {picture.content_type}\r\n\r\n'.encode()
        )
        out.write(picture.read())
    out.write(f"\r\n--{boundary}--\r\n".encode())
    return out.getvalue()
