"""Settings come from `limner.toml` and `LIMNER_*` variables, are checked once and never change.

A variable wins over the file, and the command line over both; an empty variable counts for none.
Every plain field here is one variable: `data_dir` is `LIMNER_DATA_DIR`. A value that does not fit
is refused by the name of the place it was written in, in words of its kind.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import inspect

from limner.errors import ConfigError
from limner.guard_terms import GuardTerms
from limner.plan_terms import PlanTerms

LONGEST_S = 10 * 366 * 86_400
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_S)]
LEAST_MARKUP, MOST_MARKUP = -100, 1000
Markup = Annotated[int, msgspec.Meta(ge=LEAST_MARKUP, le=MOST_MARKUP)]
Terms = TypeVar("Terms", PlanTerms, GuardTerms)
AtMost = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class ProviderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[providers.NAME]` table: where a provider is and where its key is found.

    `serves` maps slugs to upstream names, for models this provider serves beyond the catalog's
    own deployments, such as a retired model on a host of the operator's own. `options` are what
    its kind alone knows, such as a region.
    """

    kind: str
    base_url: str = ""
    api_key_env: str = ""
    serves: dict[str, str] = {}
    options: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    data_dir: Path = Path(".limner")
    """Where the embedded database, the pictures and the server's secret live."""
    database_url: str = ""
    """`postgresql://user@host/name`; empty means SQLite inside `data_dir`."""
    store: str = ""
    """`s3://bucket/prefix`, `gs://...` or `az://...`; empty means folders in `data_dir`."""
    secret: str = ""
    """64 hex digits that hash keys and sign links; empty means a file in `data_dir`."""
    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    public_url: str = ""
    """How clients reach this server, for links; empty means the address each request came to."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    catalog_dirs: tuple[Path, ...] = ()
    """Folders with further model files; a file with the slug of ours replaces ours."""
    credits_per_usd: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    markup_percent: Markup = 0
    """What is charged beyond list prices; below 0 it is a discount."""
    sync_wait_s: Annotated[float, msgspec.Meta(ge=0, le=300)] = 300.0
    """How long a request waits for its picture before it is answered 504 with a job id."""
    attach_resends: bool = True
    """Whether a request sent again without a key of its own is answered by the job it made."""
    requests_per_minute: AtMost = 60
    """Requests that create something, of one key, in any minute; 0 is no limit here and below."""
    images_per_minute: AtMost = 0
    megapixels_per_minute: AtMost = 0
    other_requests_per_minute: Annotated[int, msgspec.Meta(ge=120, le=10**9)] = 600
    """Everything else a key asks for, such as polls; counted by each process for itself."""
    rate_limit_status: Literal[403, 429] = 403
    """What a request beyond its rate is answered."""
    max_concurrent: AtMost = 0
    """Generations of one key that run at the same time."""
    max_running: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 256
    """Generations of all keys that a process works on at the same time; others wait."""
    max_queued: AtMost = 1000
    """How many may wait in a process before more are sent away."""
    max_bytes_in_flight: Annotated[int, msgspec.Meta(ge=0, le=2**40)] = 512 * 1024 * 1024
    """Of requests and answers in one process; beyond it new ones are sent away. 0 is no limit."""
    stream_most_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 900.0
    """How long a stream follows its job before it ends with the job's id."""
    heartbeat_s: Annotated[float, msgspec.Meta(gt=0, le=15)] = 10.0
    """A stream says something at least this often, so that no proxy takes it for dead."""
    link_ttl_s: Seconds = 3600.0
    retention_s: Seconds = 86_400.0
    """How long pictures are kept after they were made."""
    drain_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 30.0
    """How long a stopping server waits for running jobs."""
    lease_s: Annotated[float, msgspec.Meta(gt=0, le=45)] = 30.0
    """How long a job stays with a process that stopped telling that it lives; jobs of a dead one
    are closed within a minute of a start, which a longer lease would not leave time for."""
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=2**30)] = 32 * 1024 * 1024
    max_edit_body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=2**30)] = 64 * 1024 * 1024
    """The same where pictures come in it."""
    max_input_bytes: Annotated[int, msgspec.Meta(ge=1024, le=2**30)] = 25 * 1024 * 1024
    """What one picture that is to be changed may have, however it comes."""
    max_input_pixels: Annotated[int, msgspec.Meta(ge=1, le=134_217_728)] = 50_000_000
    max_file_size_bytes: Annotated[int, msgspec.Meta(ge=1, le=2**33)] = 50 * 1024 * 1024
    max_files_per_workspace: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] = 1000
    max_storage_bytes_per_workspace: Annotated[int, msgspec.Meta(ge=1, le=2**50)] = 5 * 1024**3
    """What the files of a workspace may take together; pictures that expire do not count."""
    header_timeout_s: Seconds = 10.0
    allow_private_networks: str = ""
    """Networks that webhooks and fetched images may reach although they are not public."""
    circuit_breakers: bool = True
    """Whether a place that fails is passed over for a while, and further tries are limited."""
    breaker_open_s: Seconds = 30.0
    """How long that is at first; it doubles with each order there that fails, up to tenfold."""
    http_client: Literal["pyreqwest", "aiohttp"] = "pyreqwest"
    metrics_token: Annotated[str, msgspec.Meta(pattern=r"^([!-~]{16,200})?$")] = ""
    """Lets whoever sends it as a bearer token read `/metrics`, and nothing else."""
    render_processes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    """Processes that draw and encode pictures; started when first needed."""
    test_pace: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.1
    """Simulated models take this share of the time the real ones take."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    providers: dict[str, ProviderConfig] = {}
    aliases: dict[str, str] = {}
    """Slugs that are answered by another model: `"dall-e-3" = "gpt-image-2"`."""
    markups: dict[str, int] = {}
    """Markups of models that differ from the server's, by slug."""
    cache_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    """What is charged of the price for a picture that was drawn before, where that will do."""
    strip_metadata: bool = False
    """Whether pictures that are sent lose their metadata before a provider gets them."""
    mark_ai: bool = False
    """Whether pictures say in their metadata that a machine made them."""
    sign_pictures: bool = False
    """Whether pictures without content credentials are given some."""
    c2pa_chain: str = ""
    """The file of the certificates to sign with, the signer's own first, as PEM."""
    c2pa_key: str = ""
    """The file of its private key, as PEM."""
    c2pa_timestamp_url: str = ""
    """A time-stamping authority (RFC 3161) that is asked about every signature."""
    guard: str = ""
    """The guard of workspaces that name none, by its name in `guards`."""
    guards: dict[str, GuardTerms] = {}
    """Who looks at what is asked for, and at what comes of it, by name."""
    plans: dict[str, PlanTerms] = {}
    """What workspaces can be given every month, by name."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value, and the place an operator wrote it in.

    A file has numbers and texts of its own, so there "20" is no number; a variable has texts alone.
    """

    value: object
    place: str
    as_text: bool = False


FIELDS = {field.name: field.type for field in inspect.type_info(Settings).fields}  # type: ignore[attr-defined]  # a StructType
TABLES = {"providers", "aliases", "markups", "plans", "guards"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
HIDDEN = {"secret", "database_url", "metrics_token"}
OPTIONS = {"data_dir": "--data"}


def load(
    environ: Mapping[str, str] = os.environ, file: Path | None = None, **overrides: object
) -> Settings:
    """Settings from the file, the environment and the command line, the last winning.

    Raises ConfigError naming the place a wrong value was written in, and what fits there.
    """
    source = file or Path(environ.get("LIMNER_CONFIG") or "limner.toml")
    given = from_file(source, must_exist=file is not None or bool(environ.get("LIMNER_CONFIG")))
    given |= from_environment(environ)
    given |= {
        name: Given(value, OPTIONS.get(name, f"--{name}"))
        for name, value in overrides.items()
        if value is not None
    }
    return Settings(**{name: fitted(name, one) for name, one in given.items()})  # type: ignore[arg-type]  # each fits its field


def from_file(source: Path, *, must_exist: bool) -> dict[str, Given]:
    if not source.exists() and not must_exist:
        return {}
    try:
        values = tomllib.loads(source.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{source} cannot be read: {error.strerror}") from None
    except ValueError as error:  # no TOML, or no text at all
        raise ConfigError(f"{source} is not TOML: {error}") from None
    for name in values:
        if name not in FIELDS:
            raise ConfigError(f"{source}: there is no setting {name!r}{meant(name, FIELDS)}")
    return {name: Given(value, f"{source}: {name}") for name, value in values.items()}


def from_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    given = {}
    for name in FIELDS.keys() - TABLES:
        variable = f"LIMNER_{name.upper()}"
        if text := environ.get(variable):
            value = text.split(os.pathsep) if name == "catalog_dirs" else text
            given[name] = Given(value, variable, as_text=True)
    return given


def meant(word: str, known: Mapping[str, object]) -> str:
    """`; did you mean 'port'?` for a word that is nearly a known one."""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def fitted(name: str, given: Given) -> object:
    """A value as its field's type. Raises ConfigError."""
    if name == "providers":
        return {entry: provider(entry, one) for entry, one in table(given).items()}
    if name == "plans":
        return {entry: named(entry, one, PlanTerms) for entry, one in table(given).items()}
    if name == "guards":
        return {entry: named(entry, one, GuardTerms) for entry, one in table(given).items()}
    if name == "aliases":
        return converted(given, dict[str, str], "a table of texts")
    if name == "markups":
        return {slug: markup(one) for slug, one in table(given, "markups").items()}
    fits, kind = FIELDS[name], Settings.__annotations__[name]
    shown = "" if name in HIDDEN else f", not {given.value!r}"
    return converted(given, kind, words(fits) + shown)


def converted(given: Given, kind: Any, wanted: str) -> object:
    try:
        return msgspec.convert(given.value, kind, strict=not given.as_text, dec_hook=folder)
    except msgspec.ValidationError:
        raise ConfigError(f"{given.place} must be {wanted}") from None


def table(given: Given, example: str = "") -> dict[str, Given]:
    """The entries of a table, each with its place."""
    if not isinstance(given.value, dict):
        name = given.place.rpartition(" ")[2]
        raise ConfigError(f"{given.place} must be a table, such as [{example or f'{name}.mine'}]")
    return {name: Given(value, f"{given.place}.{name}") for name, value in given.value.items()}


def markup(given: Given) -> int:
    """By the rule of `markup_percent`, in words of its own."""
    wanted = f"a whole number from {LEAST_MARKUP} to {MOST_MARKUP}: percent of the list price"
    return cast(int, converted(given, Markup, wanted))


def provider(name: str, given: Given) -> ProviderConfig:
    if isinstance(given.value, dict) and "api_key" in given.value:
        raise ConfigError(
            f"{given.place}: keys do not stand in the file; name a variable with api_key_env, or "
            f"use `limner provider add {name}`, which keeps the key encrypted"
        )
    try:
        return msgspec.convert(given.value, ProviderConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{given.place}: {error}") from None


def named(name: str, given: Given, kind: type[Terms]) -> Terms:
    if not NAME.fullmatch(name):
        raise ConfigError(f"{given.place}: a name has letters, digits, dots, dashes, underscores")
    try:
        return msgspec.convert(given.value, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{given.place}: {error}") from None


def folder(kind: type, value: object) -> Path:
    """What msgspec does not know how to read: the folders."""
    if isinstance(value, str | Path) and str(value):
        return Path(value)
    raise ValueError("must be the path of a folder")


def words(kind: inspect.Type) -> str:
    """What fits a field, as people say it."""
    match kind:
        case inspect.IntType():
            return f"a whole number{limits(kind.gt, kind.ge, kind.le)}"
        case inspect.FloatType():
            return f"a number{limits(kind.gt, kind.ge, kind.le)}"
        case inspect.LiteralType():
            return f"one of {', '.join(str(value) for value in kind.values)}"
        case inspect.VarTupleType():
            return f"paths of folders (a list in the file, {os.pathsep!r} between them elsewhere)"
        case inspect.CustomType():
            return "the path of a folder"
        case inspect.BoolType():
            return "true or false"
        case inspect.StrType(min_length=1):
            return "a text of at least one letter"
        case inspect.StrType(pattern=str()):
            return "from 16 to 200 letters, digits and signs, without spaces"
        case _:
            return "a text"


def limits(above: float | None, least: float | None, most: float | None) -> str:
    lower = f" above {above:g}" if above is not None else f" from {least:g}"
    return f"{lower} to {most}" if above is None else f"{lower}, up to {most}"
