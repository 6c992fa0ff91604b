"""From command-line options to the body of a request."""

import msgspec
import typer

NAMED = ("size", "quality", "style", "aspect_ratio", "image_size", "background", "output_format")


def body_of(model: str, prompt: str | None, **options: object) -> dict[str, object]:
    """The body, without what was not given; `param` holds `name=value` texts."""
    body: dict[str, object] = {"model": model}
    if prompt is not None:
        body["prompt"] = prompt
    for text in options.pop("param", None) or ():  # type: ignore[attr-defined]  # a list, by Typer
        name, value = parameter(text)
        body[name] = value
    return body | {name: value for name, value in options.items() if value is not None}


def parameter(text: str) -> tuple[str, object]:
    """`seed=7` as a name and a JSON value; what is no JSON is a string."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--param")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value
