"""Kinds of provider that other packages bring, as entry points of the group `limner.providers`.

A package is loaded once a provider of its kind is configured, and not before: being installed is
not enough to run here. limner's own kinds come first and cannot be replaced. What breaks in such a
package stops its provider and no other.
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points

from limner.errors import ConfigError
from limner.providers.kind import ProviderKind

GROUP = "limner.providers"


@functools.cache
def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """By the name of the kind; nothing is loaded yet."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = (*found.get(point.name, ()), point)
    return found


@functools.cache
def loaded(kind: str) -> ProviderKind:
    """What the package has under its entry point. Raises ConfigError."""
    points = installed()[kind]
    if len(points) > 1:
        named = " and ".join(sorted(point.dist.name for point in points if point.dist))
        raise ConfigError(f"kind {kind} is brought by several packages: {named}")
    with trouble_of(kind, "cannot be loaded"):
        brought = points[0].load()
    if not isinstance(brought, ProviderKind):
        raise ConfigError(f"the package of kind {kind} brings something that is no ProviderKind")
    return brought


@contextmanager
def trouble_of(kind: str, what: str) -> Iterator[None]:
    """Any error of a package as a ConfigError; not its text, which may hold what it was given."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # the edge: another package's fault must not be ours
        raise ConfigError(f"the package of kind {kind} {what}: {type(error).__name__}") from error
