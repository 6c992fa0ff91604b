"""Suno by its resellers, who share one wire: songs, and the artwork that comes with them.

Suno has no public API, so there is no address by default, and whose rights an order needs is the
operator's to know. A call makes two tracks, whatever was asked for.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import msgspec

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    Progress,
    ProviderError,
    ProviderEvent,
    TaskGone,
    must_be,
)
from limner.providers.failures import failed_call, failure, identifier, no_answer, turned_away
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.polling import polled
from limner.providers.result_links import Links, ResultLinks
from limner.providers.suno_answers import (
    CALLBACK,
    WHO,
    Data,
    Envelope,
    Track,
    done,
    ended_badly,
    read_code,
    read_envelope,
    read_submitted,
    refusal,
)
from limner.providers.suno_fields import call_of

SUBMIT_S, ASK_S = 60.0, 15.0
GRACE = 15
"""Questions after a failed callback, or about a task that is not known, before it is given up."""
CHECKED = {
    401: "{who} does not accept this key",
    404: "nothing tells of credits at this address; it has to end where /api/v1 begins",
}


class SunoTask(msgspec.Struct, frozen=True):
    """A task as limner refers to it."""

    id: str
    cover: bool = False


class Suno:
    """An ImageProvider and a ResumingProvider. `base_url` ends where `/api/v1` begins."""

    repeatable = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str, reach: Reach = PUBLIC
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._headers = {"authorization": f"Bearer {api_key}", "content-type": "application/json"}
        self._links = ResultLinks(http, base_url, reach)

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order. Every failure is a ProviderError."""
        must_be(order, WHO, "music", "generate")
        call = call_of(order, f"{self._base_url}/limner-asks-instead")
        try:
            reply = await self._http.post(
                f"{self._base_url}{call.path}",
                headers=self._headers,
                body=msgspec.json.encode(call.body),
                timeout_s=min(order.timeout_s, SUBMIT_S),
            )
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed
        task = SunoTask(read_submitted(reply, cover=call.cover), call.cover)
        written = msgspec.json.encode(task).decode()
        yield Accepted(written)
        async with aclosing(self.resume(order, written)) as events:
            async for event in events:
                yield event

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for a task until it has ended."""
        try:
            asking = Asking(self, order, msgspec.json.decode(task, type=SunoTask))
        except msgspec.MsgspecError:
            raise TaskGone(f"{WHO} cannot be asked for this order any more") from None
        async with aclosing(polled(asking.ask)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the key is accepted; costs nothing."""
        url = f"{self._base_url}/api/v1/generate/credit"
        try:
            reply = await self._http.get(url, headers=self._headers, timeout_s=ASK_S)
        except HttpFailure as failed:
            raise no_answer(WHO, failed) from failed
        if (code := read_code(reply)) != 200:
            seen = replace(reply, status=code)
            raise turned_away(WHO, seen, refusal(reply, Envelope(code)), CHECKED)
        return f"{WHO} accepts the key"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def status(self, task: SunoTask) -> Data | None:
        """What is known of a task; None where nothing was told. Raises ProviderError."""
        kind = "suno/cover" if task.cover else "generate"
        url = f"{self._base_url}/api/v1/{kind}/record-info?taskId={task.id}"
        try:
            reply = await self._http.get(url, headers=self._headers, timeout_s=ASK_S)
        except HttpFailure:
            return None
        said = read_envelope(reply)
        return said.data if said and said.code == 200 else None

    @property
    def links(self) -> Links:
        return self._links


class Asking:
    """One task, and how often it told nothing."""

    def __init__(self, suno: Suno, order: Order, task: SunoTask) -> None:
        self._suno, self._order, self._task = suno, order, task
        self._silent = 0

    async def ask(self) -> Progress | Generated:
        """How far the task is, or what it brought. Raises ProviderError when that is nothing."""
        data = await self._suno.status(self._task)
        if data is not None and (error := ended_badly(data)):
            raise error
        if data is not None and (links := self._ready(data)) is not None:
            return await self._brought(links)
        if data is None or data.status == CALLBACK:
            self._silent += 1
            if self._silent > GRACE:
                raise failure(WHO, "unknown", detail="the task tells nothing any more")
        return Progress(done(data) if data else 0.1)

    def _ready(self, data: Data) -> Sequence[Track] | None:
        """The tracks of a task that is done, or far enough for what was ordered."""
        if data.success_flag == 1 and data.response:
            return [Track(image_url=url) for url in data.response.images or ()]
        enough = data.status == "SUCCESS" or (data.status == CALLBACK and data.tracks)
        first = data.status == "FIRST_SUCCESS" and self._order.task != "music"
        if enough or (first and self._order.n == 1 and data.tracks):
            return data.tracks
        return None

    async def _brought(self, tracks: Sequence[Track]) -> Generated:
        wanted = tracks if self._order.task == "music" else tracks[: self._order.n]
        had = await asyncio.gather(*(self._fetched(track) for track in wanted))
        images = tuple(one for one in had if one is not None)
        if not images:
            raise failure(WHO, "ran", detail="no link of the task brought anything")
        return Generated(
            images,
            provider_request_id=identifier(self._task.id),
            warnings=unfetched(len(had) - len(images)),
        )

    async def _fetched(self, track: Track) -> ImageData | None:
        music = self._order.task == "music"
        url = track.audio_url if music else track.image_url
        if not url:
            return None
        try:
            got = await self._suno.links.image(url)
        except ProviderError:
            return None
        if music:
            return replace(got, title=track.title, lyrics=track.prompt or None)
        about = ", ".join(word for word in (track.title, track.tags) if word)
        return replace(got, revised_prompt=about or None)


def unfetched(lost: int) -> tuple[str, ...]:
    return (f"{lost} of the tracks could not be fetched",) if lost else ()
