"""Reading what Alibaba draws: links in choices, in parts or in results, and how far a task is.

A 200 may hold a refusal, and a finished task pictures that were refused one by one: the others are
delivered, and only an answer without any picture is a failure of the order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from limner.providers.alibaba_errors import WHO, code_of, failed_with, plain, unanswered
from limner.providers.base import Generated, ImageData, Order, Progress, ProviderError, TaskGone
from limner.providers.failures import failure, identifier
from limner.providers.http import Reply
from limner.providers.result_links import Links, all_images

PROGRESS = {"PENDING": 0.05, "SUSPENDED": 0.05, "RUNNING": 0.5}
REWRITES_ALOUD = ("z-image",)
"""Models whose answers hold the rewritten prompt beside the picture."""


class Part(msgspec.Struct, frozen=True):
    image: str | None = None
    text: str | None = None


class Message(msgspec.Struct, frozen=True):
    content: list[Part] | str = []


class Choice(msgspec.Struct, frozen=True):
    message: Message = Message()


class Result(msgspec.Struct, frozen=True):
    url: str | None = None
    actual_prompt: str | None = None
    code: str | None = None


class Output(msgspec.Struct, frozen=True):
    choices: list[Choice] = []
    results: list[Result] = []
    task_id: str | None = None
    task_status: str | None = None
    code: str | None = None


class Answer(msgspec.Struct, frozen=True):
    request_id: str | None = None
    code: str | None = None
    output: Output | None = None

    @property
    def failed_by(self) -> str | None:
        """The code of a refusal, wherever it stands."""
        return self.code or (self.output.code if self.output else None)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    revised_prompt: str | None = None


async def drawn(reply: Reply, order: Order, links: Links) -> Generated:
    """The pictures of a 200, fetched. Raises ProviderError if there is none."""
    answer = read(reply)
    output = answer.output or Output()
    found = [*of_choices(output.choices, order), *of_results(output.results)][: order.n]
    refused = [result.code for result in output.results if result.code]
    if not found:
        code = answer.failed_by or next(iter(refused), None)
        raise failed_with(code, "without a picture", identifier(answer.request_id))
    images = await all_images(links, [link.url for link in found])
    return Generated(
        tuple(finished(images, found, order)),
        provider_request_id=identifier(answer.request_id),
        warnings=said(refused),
        lost=sum(isinstance(image, ProviderError) for image in images),
    )


def of_choices(choices: Sequence[Choice], order: Order) -> Iterator[Link]:
    """Several pictures come as several choices or as several parts of one."""
    aloud = order.upstream_model.startswith(REWRITES_ALOUD)
    for choice in choices:
        content = choice.message.content
        parts = content if isinstance(content, list) else []
        words = next((part.text for part in parts if part.text), None) if aloud else None
        yield from (Link(part.image, words) for part in parts if part.image)


def of_results(results: Sequence[Result]) -> Iterator[Link]:
    yield from (Link(result.url, result.actual_prompt) for result in results if result.url)


def finished(
    images: Sequence[ImageData | ProviderError], found: Sequence[Link], order: Order
) -> Iterator[ImageData]:
    """What was fetched, with its words; a seed is told where it is surely that of the picture."""
    seed = order.params.get("seed") if order.n == 1 else None
    for image, link in zip(images, found, strict=True):
        if isinstance(image, ImageData):
            yield ImageData(
                image.data,
                image.encoding,
                link.revised_prompt,
                seed=seed if isinstance(seed, int) else None,
            )


def said(refused: Sequence[str]) -> tuple[str, ...]:
    """One line for each picture that the upstream did not make."""
    return tuple(f"a picture was not made: {failed_with(code, '', None)}" for code in refused)


def accepted_task(reply: Reply) -> str:
    """The task of a 200. Raises ProviderError if there is none."""
    answer = read(reply)
    task = identifier(answer.output.task_id) if answer.output else None
    if task is None:
        raise failed_with(answer.failed_by, "without a task", identifier(answer.request_id))
    return task


async def task_so_far(reply: Reply, order: Order, links: Links) -> Progress | Generated:
    """How far a task is, or what it drew. Raises ProviderError when nothing will come of it."""
    if reply.status != 200:
        raise not_told(reply)
    answer = read_task(reply)
    status = answer.output.task_status if answer.output else None
    if status == "UNKNOWN":
        raise TaskGone(f"{WHO} knows nothing of this order any more", detail="task UNKNOWN")
    if status == "SUCCEEDED":
        return await drawn(reply, order, links)
    if status in ("FAILED", "CANCELED"):
        raise failed_with(answer.failed_by, f"task {status}", identifier(answer.request_id))
    if status is None:
        raise unanswered(f"HTTP 200 without a state, {plain(answer.failed_by)}")
    return Progress(PROGRESS.get(status, 0.05), estimated=True)


def not_told(reply: Reply) -> ProviderError:
    """An answer about a task other than 200 says nothing of what became of it."""
    code = code_of(reply.body)
    if reply.status == 404 and code is not None:
        return TaskGone(f"{WHO} knows nothing of this order any more", detail=f"HTTP 404 {code}")
    return unanswered(f"HTTP {reply.status} {code or 'no error envelope'}")


def read(reply: Reply) -> Answer:
    try:
        return msgspec.json.decode(reply.body, type=Answer)
    except msgspec.MsgspecError:
        raise failure(WHO, "ran", detail="HTTP 200, which cannot be read") from None


def read_task(reply: Reply) -> Answer:
    """Raises ProviderError that leaves the task open: it may be told the next time."""
    try:
        return msgspec.json.decode(reply.body, type=Answer)
    except msgspec.MsgspecError:
        raise unanswered("HTTP 200, which cannot be read") from None
