"""What a reseller of Suno is told: which call, and its fields in their camelCase.

Every call wants an address to call back. limner asks instead, so it names one under the reseller's
own, where nobody listens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limner.providers.base import Order, Scalar
from limner.providers.failures import not_taken

CUSTOM = ("lyrics", "style", "tags", "title", "persona_id")
"""What makes a request a custom one, unless custom_mode says otherwise."""
TITLE_WORDS, LONGEST_TITLE = 6, 80
NAMES: Mapping[str, str] = {
    "negative_tags": "negativeTags",
    "vocal_gender": "vocalGender",
    "style_weight": "styleWeight",
    "weirdness_constraint": "weirdnessConstraint",
    "audio_weight": "audioWeight",
    "persona_id": "personaId",
    "persona_model": "personaModel",
    "duration": "duration",
}
EXTEND: Mapping[str, str] = {
    "audio_id": "audioId",
    "continue_at": "continueAt",
    "default_param_flag": "defaultParamFlag",
}
SOUNDS: Mapping[str, str] = {
    "sound_loop": "soundLoop",
    "sound_tempo": "soundTempo",
    "sound_key": "soundKey",
}
HUNDREDTHS = ("style_weight", "weirdness_constraint", "audio_weight")


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    body: dict[str, Any]
    cover: bool = False
    """Whether it draws covers for a song that is finished."""


def call_of(order: Order, call_back: str) -> Call:
    """Raises ProviderError for what resellers are not asked for."""
    told = {"callBackUrl": call_back}
    if order.task == "music":
        return song(order, told)
    if order.images:
        raise not_taken("suno takes no picture")
    if task := order.params.get("task_id"):
        return Call("/api/v1/suno/cover/generate", {"taskId": task, **told}, cover=True)
    plain = {"prompt": order.prompt, "customMode": False, "instrumental": True}
    return Call("/api/v1/generate", {**plain, "model": order.upstream_model, **told})


def song(order: Order, told: dict[str, Any]) -> Call:
    operation = order.params.get("operation", "generate")
    if operation == "sounds":
        body = {"prompt": order.prompt, **named(order.params, SOUNDS)}
        return Call("/api/v1/generate/sounds", {**body, "model": order.upstream_model, **told})
    body = {
        **words(order),
        "instrumental": order.params.get("instrumental", False),
        **named(order.params, NAMES),
        "model": order.upstream_model,
        **told,
    }
    if operation == "extend":
        return Call("/api/v1/generate/extend", {**body, **named(order.params, EXTEND)})
    return Call("/api/v1/generate", body)


def words(order: Order) -> dict[str, Any]:
    """The prompt alone; in custom mode lyrics are sung, and the prompt is the style unless told."""
    params = order.params
    if not is_custom(params):
        return {"prompt": order.prompt, "customMode": False}
    lyrics = params.get("lyrics")
    style = params.get("style") or params.get("tags") or order.prompt
    return {
        "customMode": True,
        "prompt": lyrics or ("" if params.get("instrumental") else order.prompt),
        "style": style,
        "title": params.get("title") or title_of(order.prompt),
    }


def is_custom(params: Mapping[str, Scalar]) -> bool:
    said = params.get("custom_mode")
    return bool(said) if said is not None else any(params.get(name) for name in CUSTOM)


def title_of(prompt: str) -> str:
    """The first words of the prompt: a title is required, and nobody gave one."""
    return " ".join(prompt.split()[:TITLE_WORDS])[:LONGEST_TITLE]


def named(params: Mapping[str, Scalar], names: Mapping[str, str]) -> dict[str, Scalar]:
    return {
        field: round(float(params[name]), 2) if name in HUNDREDTHS else params[name]
        for name, field in names.items()
        if name in params
    }
