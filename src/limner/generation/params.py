"""The one gate for parameters: applied, adjusted and reported, ignored and reported, or refused.

A wrong value is refused by name, with the values that are allowed, before any credit moves. A
parameter the model does not take is left out and reported, unless its value is one that no model
would take. JSON null counts as not sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from limner.catalog import sizes
from limner.catalog.model import Model, NumberParam, Scalar, StringParam, Task
from limner.catalog.sizes import Pixels
from limner.errors import InvalidParams
from limner.generation.field_names import Ignored, reportable, told
from limner.generation.formats import COMPRESSION, FORMAT, Emulated, Finish, settled
from limner.generation.previews import fit_previews
from limner.generation.sizing import fitted_size
from limner.generation.songs import settle_song
from limner.generation.values import Vocabulary, check_text, checked
from limner.providers.base import InputImage

LONGEST_PROMPT = 32_000
WEBP_EDGE = 16_383


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A parameter that was met in other terms than asked."""

    name: str
    given: Scalar
    used: Scalar
    why: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a model will be asked for.

    `params` are the caller's applied parameters over the model's defaults; `applied` only the
    caller's. `pixels` is the size that is priced.
    """

    n: int
    prompt: str
    params: dict[str, Scalar]
    applied: tuple[str, ...]
    adjusted: tuple[Adjusted, ...]
    ignored: tuple[Ignored, ...]
    pixels: Pixels
    output_format: str
    """What the provider is asked for; `finish` is what the caller asked for, if anything."""
    previews: int
    finish: Finish | None = None
    emulated: tuple[Emulated, ...] = ()


def fit_params(
    model: Model,
    vocabulary: Vocabulary,
    *,
    prompt: object,
    n: object = None,
    given: Mapping[str, object],
    partial_images: object = None,
    streamed: bool = False,
    strict: bool = False,
    task: Task = "generate",
    images: Sequence[InputImage] = (),
) -> Fitted:
    """Check a request against a model. Raises InvalidParams naming the first thing wrong."""
    words = checked_prompt(model, prompt, task)
    count = checked_count(model, n)
    adjusted: list[Adjusted] = []
    ignored: list[Ignored] = []
    previews = fit_previews(model, partial_images, streamed, ignored)
    params: dict[str, Scalar] = {}
    look: dict[str, object] = {}
    for name, (said, value) in told(given).items():
        if name in (FORMAT, COMPRESSION) and model.modality != "music":
            look[name] = value
        elif why := why_not(model, name, task):
            vocabulary.check(model.modality, name, value)
            ignored.append(Ignored(said, why))
        elif name == "size":
            fit_size(model, value, params, adjusted)
        else:
            fit_declared(model, name, value, params, adjusted)
    wish = settled(model, task, look)
    params |= wish.own
    ignored += wish.ignored
    if wish.replaced and wish.finish:
        why = f"{wish.finish.form} is what it is called here"
        adjusted.append(Adjusted(FORMAT, wish.replaced, wish.finish.form, why))
    final = wish.finish.form if wish.finish else None
    settle_conflicts(model, params, ignored, final)
    if model.modality == "music":
        settle_song(model, words, params, ignored)
    if strict:
        refuse_changes(adjusted, reportable(ignored))
    whole = with_defaults(model, params, task)
    if wish.source:
        whole[FORMAT] = wish.source
    if task == "upscale":
        check_edge(final or format_of(model, whole), pixels_of(model, whole, images))
    return Fitted(
        n=count,
        prompt=words,
        params=whole,
        applied=tuple(params),
        adjusted=tuple(adjusted),
        ignored=reportable(ignored),
        pixels=pixels_of(model, whole, images if task == "upscale" else ()),
        output_format=format_of(model, whole),
        previews=previews,
        finish=wish.finish,
        emulated=wish.emulated,
    )


def in_other_terms(fitted: Fitted, name: str, used: Scalar, why: str) -> Fitted:
    """The same, with a parameter that was applied or emulated met in other terms after all."""
    asked = fitted.finish.form if name == FORMAT and fitted.finish else fitted.params[name]
    return replace(
        fitted,
        applied=tuple(other for other in fitted.applied if other != name),
        emulated=tuple(other for other in fitted.emulated if other.name != name),
        adjusted=(*fitted.adjusted, Adjusted(name, asked, used, why)),
    )


def why_not(model: Model, name: str, task: Task) -> str:
    """Why a parameter is left out, empty when the model takes it."""
    if name == "size" and task == "upscale":
        return f"{model.slug} enlarges a picture by a scale"
    if name == "size":
        return "" if model.sizes else f"{model.slug} chooses its own size"
    if name not in model.params:
        return f"{model.slug} does not take it"
    only = model.params[name].only
    if only in (None, task):
        return ""
    return f"{model.slug} takes it with {'edits' if only == 'edit' else 'new pictures'} only"


def pixels_of(model: Model, params: Mapping[str, Scalar], enlarged: Sequence[InputImage]) -> Pixels:
    """The size of what will come: that of the enlarged picture, or what the parameters say."""
    if enlarged:
        return enlarged_pixels(model, params, enlarged[0])
    return sizes.pixels_of(
        model, text(params, "size"), text(params, "aspect_ratio"), text(params, "image_size")
    )


def enlarged_pixels(model: Model, params: Mapping[str, Scalar], image: InputImage) -> Pixels:
    """Raises InvalidParams for a picture that would become larger than a model makes them."""
    scale = params.get("scale", 2)
    assert isinstance(scale, int | float)
    size = Pixels(round(image.width * scale), round(image.height * scale))
    rule = model.sizes.rule if model.sizes else None
    if rule and not sizes.keeps(rule, size):
        raise InvalidParams(
            f"a picture of {image.width}x{image.height} would become {size}; {model.slug} makes "
            f"at most {rule.max_pixels:,} pixels and {rule.max_edge:,} a side",
            param="scale",
        )
    return size


def check_edge(form: str, size: Pixels) -> None:
    """Raises InvalidParams for a picture that its format cannot hold."""
    if form == "webp" and max(size) > WEBP_EDGE:
        raise InvalidParams(
            f"the picture would become {size}, and WebP holds at most {WEBP_EDGE:,} a side",
            param="output_format",
        )


def format_of(model: Model, params: Mapping[str, Scalar]) -> str:
    """The kind of bytes: of music that is what `response_format` says, as Infery has it."""
    named = "response_format" if model.modality == "music" else "output_format"
    return text(params, named) or model.output.format


def checked_prompt(model: Model, prompt: object, task: Task = "generate") -> str:
    if prompt is None and task == "upscale":
        return ""
    if not isinstance(prompt, str):
        raise InvalidParams("prompt is required and must be a string", param="prompt")
    longest = longest_prompt(model)
    if len(prompt) > longest:
        raise InvalidParams(
            f"prompt has {len(prompt):,} characters; {model.slug} takes at most {longest:,}",
            param="prompt",
        )
    if not prompt.strip():
        raise InvalidParams("prompt must not be empty", param="prompt")
    check_text("prompt", prompt)
    return prompt


def longest_prompt(model: Model) -> int:
    """In characters."""
    return min(model.prompt.max_chars, LONGEST_PROMPT)


def checked_count(model: Model, n: object) -> int:
    if n is None:
        return 1
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= model.n.max:
        allowed = "must be 1" if model.n.max == 1 else f"must be from 1 to {model.n.max}"
        raise InvalidParams(f"n {allowed} for {model.slug}, as a whole number", param="n")
    return n


def fit_size(
    model: Model, value: object, params: dict[str, Scalar], adjusted: list[Adjusted]
) -> None:
    used, why = fitted_size(model, value)
    params["size"] = used
    if why:
        adjusted.append(Adjusted("size", str(value), used, why))


def fit_declared(
    model: Model,
    name: str,
    value: object,
    params: dict[str, Scalar],
    adjusted: list[Adjusted],
) -> None:
    used, given = checked(name, model.params[name], value, of=model.slug)
    params[name] = used
    if used != given:
        param = model.params[name]
        why = f"knows it as {used}"
        if isinstance(param, NumberParam):
            why = f"takes {param.min:g} to {param.max:g}"
        adjusted.append(Adjusted(name, given, used, f"{model.slug} {why}"))


def settle_conflicts(
    model: Model, params: dict[str, Scalar], ignored: list[Ignored], final: str | None
) -> None:
    """Combinations that cannot be: refuse what would lose something, report what has no effect."""
    form = final or model.output.format
    if params.get("background") == "transparent" and form == "jpeg":
        raise InvalidParams(
            'a transparent background needs output_format "png", "webp" or "avif"; jpeg has none',
            param="background",
        )
    if params.get("size", "auto") != "auto":
        for name in ("aspect_ratio", "image_size"):
            if name in params:
                drop(params, ignored, name, "size was given and decides")


def drop(params: dict[str, Scalar], ignored: list[Ignored], name: str, why: str) -> None:
    del params[name]
    ignored.append(Ignored(name, why))


def refuse_changes(adjusted: list[Adjusted], ignored: tuple[Ignored, ...]) -> None:
    for item in ignored:
        raise InvalidParams(
            f"{item.name} would be ignored ({item.why}), and x-strict-params is on",
            param=item.name,
        )
    for change in adjusted:
        raise InvalidParams(
            f"{change.name} would become {change.used!r} ({change.why}), and x-strict-params is on",
            param=change.name,
        )


def with_defaults(
    model: Model, params: Mapping[str, Scalar], task: Task = "generate"
) -> dict[str, Scalar]:
    """The caller's parameters over the defaults; a size also as the ratio and tier it means."""
    whole: dict[str, Scalar] = {}
    if (
        model.sizes is not None
        and task != "upscale"
        and not {"aspect_ratio", "image_size"} & params.keys()
    ):
        of_edits = model.sizes.edit_default if task == "edit" else None
        whole["size"] = of_edits or model.sizes.default
    for name, param in model.params.items():
        if param.default is not None and param.only in (None, task):
            whole[name] = param.default
    if "size" in params:
        whole.pop("aspect_ratio", None)
        whole.pop("image_size", None)
    exact = sizes.parsed(text(params, "size") or "")
    return whole | (dict(sizes.shape_of(model, exact)) if exact else {}) | dict(params)


def without_words(model: Model, params: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Parameters fit for a database row: nothing a person wrote in their own words."""
    return {
        name: value
        for name, value in params.items()
        if not isinstance(model.params.get(name), StringParam)
    }


def text(params: Mapping[str, Scalar], name: str) -> str | None:
    value = params.get(name)
    return value if isinstance(value, str) else None
