"""What a kind of provider is: how it is opened, where it is by default, what it wants to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import ImageProvider
from limner.providers.http import HttpClient


@dataclass(frozen=True, slots=True)
class Opening:
    """All that a kind is opened with. `reach` is where links of its answers may lead."""

    http: HttpClient
    base_url: str
    api_key: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    reach: Reach = PUBLIC


@dataclass(frozen=True, slots=True)
class Option:
    """Something one kind wants to know: what it is, and how it is written."""

    says: str
    pattern: str = r"[A-Za-z0-9._:/-]{1,200}"
    default: str = ""
    required: bool = False
    check: Callable[[str], object] | None = None
    """Raises ConfigError for a value that is well written and does not do."""


@dataclass(frozen=True, slots=True)
class ProviderKind:
    base_url: str
    """Empty for servers of the operator's own, which are nowhere by default."""
    api_key_env: str
    """The variable that usually holds the key."""
    open: Callable[[Opening], ImageProvider]
    options: Mapping[str, Option] = field(default_factory=dict)
    needs_key: bool = True
    key_is_document: bool = False
    """Whether the key may be a whole JSON text, of which no header carries anything."""
    place: Callable[[str, Mapping[str, str]], str] | None = None
    """Where it is called, of the base_url as told and the options, if these have a say in it."""
