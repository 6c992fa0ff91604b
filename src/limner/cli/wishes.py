"""From command-line options to the body of a request."""

from collections.abc import Sequence

import msgspec
import typer


def body_of(
    model: str, prompt: str | None, params: Sequence[str] | None, **options: object
) -> dict[str, object]:
    """The body, without what was not given; `params` are `name=value` texts."""
    named = {"prompt": prompt} | options
    given = {name: value for name, value in named.items() if value is not None}
    return {"model": model} | dict(map(parameter, params or ())) | given


def parameter(text: str) -> tuple[str, object]:
    """`seed=7` as a name and a JSON value; what is no JSON is a string."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--param")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value
