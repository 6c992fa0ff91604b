"""The one gate for parameters: applied, adjusted and reported, ignored and reported, or refused.

A wrong value is refused by name, with the values that are allowed, before any credit moves. A
parameter the model does not take is left out and reported, unless its value is one that no model
would take. JSON null counts as not sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from limner.catalog import sizes
from limner.catalog.model import Model, Scalar, StringParam
from limner.catalog.sizes import Pixels
from limner.errors import InvalidParams
from limner.generation.values import Vocabulary, checked

LONGEST_PROMPT = 32_000
ALIASES = {"image_background": "background"}
"""Our name for the backdrop: the Infery client keeps `background` for itself."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A parameter that was met in other terms than asked."""

    name: str
    given: Scalar
    used: Scalar
    why: str


@dataclass(frozen=True, slots=True)
class Ignored:
    name: str
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


def fit_params(
    model: Model,
    vocabulary: Vocabulary,
    *,
    prompt: object,
    n: object = None,
    given: Mapping[str, object],
    strict: bool = False,
) -> Fitted:
    """Check a request against a model. Raises InvalidParams naming the first thing wrong."""
    told = {ALIASES.get(name, name): value for name, value in given.items() if value is not None}
    adjusted: list[Adjusted] = []
    ignored: list[Ignored] = []
    params: dict[str, Scalar] = {}
    words = checked_prompt(model, prompt)
    count = checked_count(model, n)
    for name, value in told.items():
        if name == "size":
            fit_size(model, value, params, ignored)
        elif name in model.params:
            fit_declared(model, name, value, params, adjusted)
        else:
            vocabulary.check(name, value)
            ignored.append(Ignored(name, f"{model.slug} does not take it"))
    settle_conflicts(model, params, ignored)
    if strict:
        refuse_changes(model, adjusted, ignored)
    return fitted(model, words, count, params, tuple(adjusted), tuple(ignored))


def fitted(
    model: Model,
    prompt: str,
    n: int,
    params: dict[str, Scalar],
    adjusted: tuple[Adjusted, ...],
    ignored: tuple[Ignored, ...],
) -> Fitted:
    whole = with_defaults(model, params)
    return Fitted(
        n=n,
        prompt=prompt,
        params=whole,
        applied=tuple(params),
        adjusted=adjusted,
        ignored=ignored,
        pixels=sizes.pixels_of(
            model, text(whole, "size"), text(whole, "aspect_ratio"), text(whole, "image_size")
        ),
        output_format=text(whole, "output_format") or model.output.format,
    )


def checked_prompt(model: Model, prompt: object) -> str:
    if not isinstance(prompt, str):
        raise InvalidParams("prompt is required and must be a string", param="prompt")
    if not prompt.strip():
        raise InvalidParams("prompt must not be empty", param="prompt")
    longest = min(model.prompt.max_chars, LONGEST_PROMPT)
    if len(prompt) > longest:
        raise InvalidParams(
            f"prompt has {len(prompt):,} characters; {model.slug} takes at most {longest:,}",
            param="prompt",
        )
    return prompt


def checked_count(model: Model, n: object) -> int:
    if n is None:
        return 1
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= model.n.max:
        allowed = "must be 1" if model.n.max == 1 else f"must be from 1 to {model.n.max}"
        raise InvalidParams(f"n {allowed} for {model.slug}, as a whole number", param="n")
    return n


def fit_size(
    model: Model, value: object, params: dict[str, Scalar], ignored: list[Ignored]
) -> None:
    if not isinstance(value, str):
        raise InvalidParams('size must be a string such as "1024x1024"', param="size")
    if model.sizes is None:
        ignored.append(Ignored("size", f"{model.slug} chooses its own size"))
        return
    if not sizes.takes(model, value):
        raise InvalidParams(f"size {value[:40]!r} is not one {size_choice(model)}", param="size")
    params["size"] = value


def size_choice(model: Model) -> str:
    """Which sizes a model takes, in words."""
    assert model.sizes is not None
    words = f"that {model.slug} takes: {', '.join(model.sizes.listed)}"
    if model.sizes.rule:
        words += f", or {sizes.described(model.sizes.rule)}"
    return words


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
        adjusted.append(Adjusted(name, given, used, f"{model.slug} knows it as {used}"))


def settle_conflicts(model: Model, params: dict[str, Scalar], ignored: list[Ignored]) -> None:
    """Combinations that cannot be: refuse what would lose something, report what has no effect."""
    chosen = with_defaults(model, params)
    form = chosen.get("output_format", model.output.format)
    if chosen.get("background") == "transparent" and form == "jpeg":
        raise InvalidParams(
            'a transparent background needs output_format "png" or "webp"; jpeg has none',
            param="background",
        )
    if "output_compression" in params and form == "png":
        drop(params, ignored, "output_compression", "png is lossless; it applies to jpeg and webp")
    if params.get("size", "auto") != "auto":
        for name in ("aspect_ratio", "image_size"):
            if name in params:
                drop(params, ignored, name, "size was given and decides")


def drop(params: dict[str, Scalar], ignored: list[Ignored], name: str, why: str) -> None:
    del params[name]
    ignored.append(Ignored(name, why))


def refuse_changes(model: Model, adjusted: list[Adjusted], ignored: list[Ignored]) -> None:
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


def with_defaults(model: Model, params: Mapping[str, Scalar]) -> dict[str, Scalar]:
    whole: dict[str, Scalar] = {}
    if model.sizes is not None and not {"aspect_ratio", "image_size"} & params.keys():
        whole["size"] = model.sizes.default
    for name, param in model.params.items():
        if param.default is not None:
            whole[name] = param.default
    if "size" in params:
        whole.pop("aspect_ratio", None)
        whole.pop("image_size", None)
    return whole | dict(params)


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
