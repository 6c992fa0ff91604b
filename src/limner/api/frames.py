"""What happens to one job, told as the frames of its stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from limner.api.asgi import Piece
from limner.api.sse import END, OPENING, frame, frame_around
from limner.api.wire.frames import (
    EditedFrame,
    EditPreviewFrame,
    PictureFrame,
    PreviewFrame,
    ProgressFrame,
    error_frame,
)
from limner.api.wire.images import Form
from limner.api.wire.pictures import BACKGROUNDS, QUALITIES, base64_of, pieces_of, usage_body
from limner.files.artifact import Kept
from limner.files.artifacts import plain
from limner.files.links import Links
from limner.files.sniff import NotAnImage, Sniffed, sniff
from limner.jobs.feed import Admitted, Completed, Failed, JobEvent, Started
from limner.providers.base import ImageData, PartialImage, Progress

MOST_PERCENT = 99
"""Of a job that has not ended: 100 is for pictures that are stored and paid for."""
COMPLETED = b'{"type":"completed",'


class Frames:
    """`form` is what the caller asked for by name: None gives base64 first and links at the end.

    Frames of pictures are named after what was asked for: an edit, or else a generation.
    """

    def __init__(
        self,
        admitted: Admitted,
        form: Form | None,
        links: Links,
        base_url: str,
        request_id: str,
        *,
        edits: bool = False,
    ) -> None:
        self._preview_frame = EditPreviewFrame if edits else PreviewFrame
        self._picture_frame = EditedFrame if edits else PictureFrame
        self.job_id = admitted.ticket.job_id
        self._admitted = admitted
        self._form = form
        self._links = links
        self._base_url = base_url
        self._request_id = request_id
        self._percent = -1

    async def of(self, event: JobEvent) -> AsyncGenerator[Piece, None]:
        """The frames of one event, in pieces."""
        match event:
            case Admitted():
                yield self._progress("queued", 0)
            case Started():
                yield self._progress("processing", 0)
            case Progress(done, estimated):
                percent = min(int(done * 100), MOST_PERCENT)
                if percent > self._percent:
                    self._percent = percent
                    yield self._progress("processing", percent, estimated)
            case PartialImage():
                for piece in await self._preview(event):
                    yield piece
            case Completed():
                async with aclosing(self._end(event)) as pieces:
                    async for piece in pieces:
                        yield piece
            case Failed(error):
                yield frame(error_frame(error, self._request_id))

    def _progress(
        self, status: Literal["queued", "processing"], percent: int, estimated: bool = False
    ) -> bytes:
        return frame(
            ProgressFrame(status=status, progress=percent, job_id=self.job_id, estimated=estimated)
        )

    async def _preview(self, partial: PartialImage) -> tuple[Piece, ...]:
        """The frame of a preview; of one that is no picture, nothing."""
        image = partial.image
        try:
            found = await asyncio.to_thread(looked_at, image)
        except NotAnImage:
            return ()
        content = self._preview_frame(
            partial_image_index=partial.index,
            index=partial.picture,
            b64_json="",
            **self._look(found.content_type, found.width, found.height, {}),
        )
        return frame_around(content, await base64_of(image.data, image.encoding == "base64"))

    async def _end(self, completed: Completed) -> AsyncGenerator[Piece, None]:
        """Each picture in a frame of its own, then all that an answer says, in one."""
        self._admitted = completed.admitted or self._admitted
        for index, kept in enumerate(completed.pictures):
            for piece in await self._picture(index, kept, completed):
                yield piece
        form = self._form or "url"
        answer = pieces_of(self._admitted, completed, form, self._links, self._base_url)
        yield OPENING + COMPLETED
        async with aclosing(answer):
            yield (await anext(answer))[1:]
            async for piece in answer:
                yield piece
        yield END

    async def _picture(self, index: int, kept: Kept, completed: Completed) -> tuple[Piece, ...]:
        artifact = kept.artifact
        look = self._look(
            artifact.content_type, artifact.width, artifact.height, completed.resolved
        )
        if index + 1 == len(completed.pictures):
            look["usage"] = usage_body(completed.usage)
        if self._form == "url":
            link = self._links.link(self._base_url, artifact.id)
            return (frame(self._picture_frame(index=index, url=link, **look)),)
        content = self._picture_frame(index=index, b64_json="", **look)
        return frame_around(content, await base64_of(kept.data, kept.base64))

    def _look(
        self, content_type: str, width: int, height: int, resolved: dict[str, str]
    ) -> dict[str, Any]:
        chosen = self._admitted.chosen | resolved
        quality, background = chosen.get("quality"), chosen.get("background")
        return {
            "created_at": self._admitted.created,
            "size": f"{width}x{height}",
            "quality": quality if quality in QUALITIES else "auto",
            "background": background if background in BACKGROUNDS else "auto",
            "output_format": content_type.partition("/")[2],
        }


def looked_at(image: ImageData) -> Sniffed:
    return sniff(plain(image.data, image.encoding == "base64"))
