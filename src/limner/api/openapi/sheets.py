"""What a declaration has no room for: longer words and examples, one file per operation.

`sheets/<operation>.toml` may have `about`, requests to try and the answer they get. JSON stands in
it as on the wire. Every example is sent to a server by the tests, and every answer checked.
"""

import functools
from importlib.resources import files

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request to try. `path`, `query` and `headers` are values by name, `form` parts by name;
    a part that begins with `@` is a file of that name."""

    title: str
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: str = ""
    form: dict[str, str] = {}
    python: str = ""
    """How to do it in Python, where a client library says it better than HTTP does."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`answer` is the JSON of the good answer, `stream` the events of a streamed one."""

    about: str = ""
    requests: list[Request] = []
    answer: str = ""
    stream: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refusal as a caller meets it; `meaning` is for those who look its code up."""

    meaning: str
    message: str
    param: str | None = None


EMPTY = Sheet()
FOLDER = files("limner.api.openapi") / "sheets"


@functools.cache
def sheet(operation: str) -> Sheet:
    """The sheet of an operation, empty where nobody wrote one."""
    file = FOLDER / f"{operation}.toml"
    if not file.is_file():
        return EMPTY
    return msgspec.toml.decode(file.read_text("utf-8"), type=Sheet)


@functools.cache
def refusals() -> dict[str, Told]:
    """What is said of each error code."""
    return msgspec.toml.decode((FOLDER / "errors.toml").read_text("utf-8"), type=dict[str, Told])


def value_of(text: str) -> object:
    """JSON of a sheet as plain values."""
    return msgspec.json.decode(text)
