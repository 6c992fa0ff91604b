"""Reads every model file once at start; one wrong field anywhere and the server does not start."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

from limner.catalog import nearest
from limner.catalog.check import catalog_faults, faults
from limner.catalog.fault import Fault, report
from limner.catalog.misfit import misfit
from limner.catalog.model import Model
from limner.errors import ConfigError

PACKAGED = Path(__file__).parent / "models"


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
        """Slugs a person may have meant, best first; filled up with well-known ones."""
        return nearest.nearest(name, self.models, self.slugs, count)

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
    return nearest.STATUS_ORDER[model.status], model.owner, model.display_name.lower(), model.slug


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
    wrong: dict[str, list[Fault]] = {}
    for directory in (PACKAGED, *directories):
        for path, model in read_directory(directory, wrong):
            models[model.slug], paths[model.slug] = model, path
    for slug, fault in catalog_faults(models):
        wrong.setdefault(str(paths[slug]), []).append(fault)
    if wrong:
        raise ConfigError(report(wrong))
    return catalog_of(models.values())


def read_directory(directory: Path, wrong: dict[str, list[Fault]]) -> Iterator[tuple[Path, Model]]:
    """The models of one directory; what is wrong with its files is added to `wrong`."""
    if not directory.is_dir():
        wrong[str(directory)] = [Fault("directory", "there is none here, for model files")]
    seen: dict[str, Path] = {}
    for path in sorted(directory.rglob("*.toml")):
        model, found = read_model(path)
        if model is not None:
            found += file_faults(path, model, seen)
            seen[model.slug] = path
            yield path, model
        if found:
            wrong[str(path)] = found


def read_model(path: Path) -> tuple[Model | None, list[Fault]]:
    """One file as a Model of the right shape, or None and why it is not one."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [Fault("file", f"cannot be read as TOML: {error}")]
    try:
        return msgspec.convert(document, Model), []
    except msgspec.ValidationError as error:
        return None, [misfit(document, error)]


def file_faults(path: Path, model: Model, seen: Mapping[str, Path]) -> Iterator[Fault]:
    if path.stem != model.slug:
        yield Fault("slug", f"is {model.slug!r}, but the file is named {path.name}")
    if model.slug in seen:
        yield Fault("slug", f"{model.slug!r} is also the slug of {seen[model.slug]}")
    yield from faults(model)
