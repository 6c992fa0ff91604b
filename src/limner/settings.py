"""Settings come from `limner.toml` and `LIMNER_*` variables, are checked once and never change.

A variable wins over the file. Every field here is one variable: `data_dir` is `LIMNER_DATA_DIR`.
Secrets are read from the environment or from a file and never printed.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from limner.errors import ConfigError

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class ProviderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[providers.NAME]` table: where a provider is and where its key is found.

    `serves` maps slugs to upstream names, for models this provider serves beyond the catalog's
    own deployments, such as a retired model on a host of the operator's own.
    """

    kind: str
    base_url: str = ""
    api_key_env: str = ""
    serves: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    data_dir: Path = Path(".limner")
    """Where the embedded database, the pictures and the server's secret live."""
    database_url: str = ""
    """`postgresql://user@host/name`; empty means SQLite inside `data_dir`."""
    secret: str = ""
    """64 hex digits that hash keys and sign links; empty means a file in `data_dir`."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    public_url: str = ""
    """How clients reach this server, for links; empty means the address each request came to."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    catalog_dirs: tuple[Path, ...] = ()
    """Folders with further model files; a file with the slug of ours replaces ours."""
    credits_per_usd: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    sync_wait_s: Annotated[float, msgspec.Meta(ge=0, le=300)] = 300.0
    """How long a request waits for its picture before it is answered 504 with a job id."""
    link_ttl_s: Seconds = 3600.0
    retention_s: Seconds = 86_400.0
    """How long pictures are kept after they were made."""
    drain_s: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    """How long a stopping server waits for running jobs."""
    lease_s: Seconds = 30.0
    """How long a job stays with a process that stopped telling that it lives."""
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 32 * 1024 * 1024
    header_timeout_s: Seconds = 10.0
    http_client: Literal["pyreqwest", "aiohttp"] = "pyreqwest"
    render_processes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    """Processes that draw and encode pictures; started when first needed."""
    test_pace: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.1
    """Simulated models take this share of the time the real ones take."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    providers: dict[str, ProviderConfig] = {}
    aliases: dict[str, str] = {}
    """Slugs that are answered by another model: `"dall-e-3" = "gpt-image-2"`."""


def load(
    environ: Mapping[str, str] = os.environ, file: Path | None = None, **overrides: object
) -> Settings:
    """Settings from the file, the environment and the command line, the last winning.

    Raises ConfigError naming the file or the variable and what is wrong with it.
    """
    source = file or Path(environ.get("LIMNER_CONFIG", "limner.toml"))
    values = from_file(source, must_exist=file is not None or "LIMNER_CONFIG" in environ)
    values |= from_environment(environ)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings ({source} and LIMNER_* variables): {error}") from None


def path(kind: type, value: object) -> Path:
    """What msgspec does not know how to read: the folders."""
    if isinstance(value, str | Path) and str(value):
        return Path(value)
    raise ValueError("must be the path of a folder")


def from_file(source: Path, *, must_exist: bool) -> dict[str, Any]:
    if not source.exists() and not must_exist:
        return {}
    try:
        return tomllib.loads(source.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{source}: {error}") from None


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    tables = {"providers", "aliases"}
    values: dict[str, Any] = {}
    for name in set(Settings.__struct_fields__) - tables:
        text = environ.get(f"LIMNER_{name.upper()}")
        if text is not None:
            values[name] = text.split(os.pathsep) if name == "catalog_dirs" else text
    return values
