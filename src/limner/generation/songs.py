"""What the parameters of a song mean to one another: modes that shut others out."""

from collections.abc import Mapping

from limner.catalog.model import Model, Scalar
from limner.errors import InvalidParams
from limner.generation.field_names import Ignored

CUSTOM = ("lyrics", "style", "tags", "title", "persona_id")
"""What makes a request a custom one, unless custom_mode says otherwise."""
ONLY = {
    "extend": ("audio_id", "continue_at", "default_param_flag"),
    "sounds": ("sound_loop", "sound_tempo", "sound_key"),
}
"""Parameters that belong to one operation."""


def settle_song(
    model: Model, prompt: str, params: dict[str, Scalar], ignored: list[Ignored]
) -> None:
    """Report what has no effect; refuse what cannot be. Raises InvalidParams."""
    operation = params.get("operation", "generate")
    for name, why in useless(operation, params).items():
        del params[name]
        ignored.append(Ignored(name, why))
    if operation == "extend" and not params.get("audio_id"):
        raise InvalidParams(
            "audio_id is required to extend: the track to go on from", param="audio_id"
        )
    longest = model.prompt.plain_max_chars
    if longest and len(prompt) > longest and not is_custom(operation, params):
        raise InvalidParams(
            f"prompt has {len(prompt):,} characters; without custom_mode {model.slug} takes at "
            f"most {longest:,}",
            param="prompt",
        )


def useless(operation: Scalar, params: Mapping[str, Scalar]) -> dict[str, str]:
    """Parameters that were sent and change nothing, each with the reason."""
    others = {
        name: f"it applies to operation {doing} only"
        for doing, names in ONLY.items()
        if doing != operation
        for name in names
    }
    if params.get("custom_mode") is False:
        others |= dict.fromkeys(CUSTOM, "custom_mode is false")
    if not is_custom(operation, params):
        others["duration"] = "it applies in custom mode only"
    if operation == "sounds":
        others |= dict.fromkeys((*CUSTOM, "custom_mode"), "sounds follow the prompt alone")
    return {name: why for name, why in others.items() if name in params}


def is_custom(operation: Scalar, params: Mapping[str, Scalar]) -> bool:
    said = params.get("custom_mode")
    given = any(params.get(name) for name in CUSTOM)
    return operation != "sounds" and (given if said is None else said is True)
