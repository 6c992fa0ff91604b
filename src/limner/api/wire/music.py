"""The JSON of music: what a generation asks for and what it is answered."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.api.wire.written import Cost, Parameters
from limner.files.artifact import Kept
from limner.files.links import Links
from limner.jobs.feed import Admitted, Completed

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class MusicBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/music/generations`, for the reference.

    Which values a model takes stands in its `allowedParams`; fields a model does not take are
    left out and reported, unknown fields likewise. `response_format` is the format of the sound.
    """

    model: Annotated[str, msgspec.Meta(min_length=1)]
    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    operation: Literal["generate", "extend", "sounds"] | None = None
    response_format: Literal["mp3", "wav"] | None = None
    custom_mode: bool | None = None
    instrumental: bool | None = None
    title: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    style: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    tags: str | None = None
    lyrics: str | None = None
    negative_tags: str | None = None
    vocal_gender: Literal["m", "f"] | None = None
    style_weight: Share | None = None
    weirdness_constraint: Share | None = None
    audio_weight: Share | None = None
    persona_id: str | None = None
    persona_model: Literal["style_persona", "voice_persona"] | None = None
    audio_id: str | None = None
    continue_at: Annotated[float, msgspec.Meta(ge=0)] | None = None
    default_param_flag: bool | None = None
    duration: Annotated[int, msgspec.Meta(ge=1)] | None = None
    sound_loop: bool | None = None
    sound_tempo: float | None = None
    sound_key: str | None = None
    store: bool | None = None
    webhook_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    """Where to tell that the job has ended."""
    stream: bool | None = None


class Track(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recording. `sha256` is that of the bytes, in hex."""

    url: str
    content_type: str
    duration_seconds: float
    title: str | UnsetType = UNSET
    lyrics: str | UnsetType = UNSET
    sha256: str
    kept_until: int | None
    file_id: str | UnsetType = UNSET


class Tracks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The 200 of a generation: every track the call made, for the price of one call."""

    created: int
    data: list[Track]
    credits_used: float
    model: str
    parameters: Parameters
    cost: Cost
    warnings: tuple[str, ...] = ()


class TracksFrame(
    Tracks, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="completed"
):
    """The same as the last frame of a stream; `fallback_from` is the slug that was asked for."""

    fallback_from: str | UnsetType = UNSET


def track(kept: Kept, links: Links, base_url: str) -> Track:
    artifact = kept.artifact
    return Track(
        url=links.link(base_url, artifact.id),
        content_type=artifact.content_type,
        duration_seconds=(artifact.duration_ms or 0) / 1000,
        title=kept.title or UNSET,
        lyrics=kept.lyrics or UNSET,
        sha256=artifact.sha256,
        kept_until=artifact.kept_until,
        file_id=artifact.file_id or UNSET,
    )


def tracks(admitted: Admitted, completed: Completed, links: Links, base_url: str) -> Tracks:
    return Tracks(
        created=admitted.created,
        data=[track(kept, links, base_url) for kept in completed.pictures],
        credits_used=money.wire(completed.charged),
        model=admitted.model,
        parameters=msgspec.Raw(admitted.parameters),
        cost=msgspec.Raw(completed.cost),
        warnings=(*admitted.warnings, *completed.warnings),
    )


def tracks_frame(answer: Tracks, asked_for: str) -> TracksFrame:
    told = {name: getattr(answer, name) for name in answer.__struct_fields__}
    other = UNSET if asked_for == answer.model else asked_for
    return TracksFrame(**told, fallback_from=other)
