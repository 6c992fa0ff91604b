"""The JSON inside each `data:` of a stream; `type` comes first and says what it is.

Two kinds of readers share one stream: OpenAI's clients look for `image_generation.*`, Infery's for
`progress`, `completed` and `error`. No frame but the last has an `error`, by which both fail.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner.api.wire.errors import ErrorBody, words_of
from limner.api.wire.images import Images, UsageBody
from limner.errors import LimnerError


class ProgressFrame(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="progress"
):
    """`progress` is percent and never falls; `estimated` when it was guessed from typical times."""

    status: Literal["queued", "processing"]
    progress: int
    job_id: str
    estimated: bool = False


class Look(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of a single picture; `auto` where nobody said better."""

    created_at: int
    size: str
    quality: str
    background: str
    output_format: str


class PreviewFrame(Look, frozen=True, tag_field="type", tag="image_generation.partial_image"):
    """A picture as far as it is drawn; one of the same index replaces the one before.

    `index` says which of several pictures it is, and is left out for the first.
    """

    partial_image_index: int
    b64_json: str
    index: int = 0


class PictureFrame(Look, frozen=True, tag_field="type", tag="image_generation.completed"):
    """One finished picture: `url` where that form was asked for, else `b64_json`.

    `usage` is that of the whole request and comes with the last picture.
    """

    index: int
    b64_json: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    usage: UsageBody | UnsetType = UNSET


class EditPreviewFrame(PreviewFrame, frozen=True, tag_field="type", tag="image_edit.partial_image"):
    """The same of an edit."""


class EditedFrame(PictureFrame, frozen=True, tag_field="type", tag="image_edit.completed"):
    """The same of an edit."""


class CompletedFrame(Images, frozen=True, tag_field="type", tag="completed"):
    """What the request would have been answered without a stream."""


class StreamError(ErrorBody, frozen=True, kw_only=True):
    """`status` is the one that an answer without a stream would have had."""

    status: int


class ErrorFrame(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    error: StreamError


FRAMES = (ProgressFrame, PreviewFrame, PictureFrame, CompletedFrame, ErrorFrame)
EDIT_FRAMES = (ProgressFrame, EditPreviewFrame, EditedFrame, CompletedFrame, ErrorFrame)


def error_frame(error: LimnerError, request_id: str) -> ErrorFrame:
    """An error after acceptance: the same request must never be sent again without a thought."""
    words = words_of(error, request_id, retryable=False)
    return ErrorFrame(StreamError(**words, status=error.status))
