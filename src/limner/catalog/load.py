"""Reads every model file once at start; one wrong field anywhere and the server does not start."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import msgspec

from limner.catalog.check import Fault, catalog_faults, faults
from limner.catalog.model import Model
from limner.errors import ConfigError

PACKAGED = Path(__file__).parent / "models"
MOST_SHOWN = 20
STATUS_ORDER = {"active": 0, "deprecated": 1, "retired": 2}
MISFIT = re.compile(r"(?P<message>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every model by its slug; `slugs` leads from each slug and alias to the slug."""

    models: Mapping[str, Model]
    slugs: Mapping[str, str]

    def get(self, name: str) -> Model | None:
        """The model with this slug or alias."""
        slug = self.slugs.get(name)
        return self.models[slug] if slug is not None else None

    def nearest(self, name: str, count: int = 3) -> tuple[str, ...]:
        """Slugs a person may have meant, best first; none when nothing is close."""
        by_lower = {known.lower(): slug for known, slug in self.slugs.items()}
        close = get_close_matches(name.lower(), by_lower, n=4 * count, cutoff=0.5)
        return tuple(dict.fromkeys(by_lower[match] for match in close))[:count]

    def listed(
        self, modality: str | None = None, provider: str | None = None, q: str | None = None
    ) -> list[Model]:
        """Models in the order people see them: active first, then by owner and name."""
        chosen = [
            model
            for model in self.models.values()
            if (modality is None or model.modality == modality)
            and (provider is None or provider in providers(model))
            and (q is None or mentions(model, q))
        ]
        return sorted(chosen, key=shelf)


def providers(model: Model) -> set[str]:
    return {model.owner, *(deployment.provider for deployment in model.deployments)}


def mentions(model: Model, words: str) -> bool:
    said = (model.slug, *model.aliases, model.display_name, model.description)
    return any(words.lower() in text.lower() for text in said)


def shelf(model: Model) -> tuple[int, str, str, str]:
    return STATUS_ORDER[model.status], model.owner, model.display_name.lower(), model.slug


def catalog_of(models: Iterable[Model]) -> Catalog:
    """A catalog of these models, which are taken to be sound."""
    by_slug = {model.slug: model for model in models}
    slugs = {alias: model.slug for model in by_slug.values() for alias in model.aliases}
    slugs |= {slug: slug for slug in by_slug}
    return Catalog(MappingProxyType(by_slug), MappingProxyType(slugs))


def load(directories: Sequence[Path] = ()) -> Catalog:
    """The packaged models and the operator's; a file of theirs replaces ours with the same slug.

    ConfigError lists the faults of all files at once.
    """
    models: dict[str, Model] = {}
    paths: dict[str, Path] = {}
    wrong: list[str] = []
    for directory in (PACKAGED, *directories):
        found, found_wrong = read_directory(directory)
        models |= {model.slug: model for _, model in found}
        paths |= {model.slug: path for path, model in found}
        wrong += found_wrong
    wrong += [sentence(paths[slug], fault) for slug, fault in catalog_faults(models)]
    if wrong:
        raise ConfigError(report(wrong))
    return catalog_of(models.values())


def read_directory(directory: Path) -> tuple[list[tuple[Path, Model]], list[str]]:
    """The models of one directory and what is wrong with its files."""
    if not directory.is_dir():
        return [], [f"{directory}: is not a directory of model files"]
    found: list[tuple[Path, Model]] = []
    wrong: list[str] = []
    seen: dict[str, Path] = {}
    for path in sorted(directory.rglob("*.toml")):
        try:
            model = read_model(path)
        except ConfigError as error:
            wrong.append(str(error))
            continue
        wrong += [sentence(path, fault) for fault in file_faults(path, model, seen)]
        seen[model.slug] = path
        found.append((path, model))
    return found, wrong


def read_model(path: Path) -> Model:
    """One file as a Model of the right shape; ConfigError names file, field and what is wrong."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Model)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(sentence(path, misfit(str(error)))) from None


def misfit(message: str) -> Fault:
    """msgspec's complaint, "Expected `int`, got `str` - at `$.n.max`", as a Fault."""
    found = MISFIT.fullmatch(message)
    path = (found["path"] or "$") if found else "$"
    said = found["message"] if found else message
    return Fault(path.removeprefix("$").removeprefix(".") or "file", said.replace("`", ""))


def file_faults(path: Path, model: Model, seen: Mapping[str, Path]) -> Iterator[Fault]:
    if path.stem != model.slug:
        yield Fault("slug", f"is {model.slug!r}, but the file is named {path.name}")
    if model.slug in seen:
        yield Fault("slug", f"{model.slug!r} is also the slug of {seen[model.slug]}")
    yield from faults(model)


def sentence(path: Path, fault: Fault) -> str:
    return f"{path}: {fault.field}: {fault.message}"


def report(wrong: Sequence[str]) -> str:
    """All faults as one message, cut to what a person reads."""
    more = len(wrong) - MOST_SHOWN
    count = "1 fault" if len(wrong) == 1 else f"{len(wrong)} faults"
    lines = [f"the model catalog has {count}", *(f"  {line}" for line in wrong[:MOST_SHOWN])]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)
