"""What a US dollar of list price costs whom: credits per dollar, and the operator's markup.

A markup is in whole percent of the list price, and below 0 a discount. A workspace's own counts
before a model's, and that before the server's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from limner.accounts.limits import NO_OPTIONS, Options
from limner.catalog.load import Catalog
from limner.catalog.model import Model
from limner.errors import ConfigError
from limner.money import from_usd


@dataclass(frozen=True, slots=True)
class Tariff:
    credits_per_usd: int = 100
    markup_percent: int = 0

    def credits(self, usd: Fraction) -> int:
        """Micro-credits for dollars of list price, rounded up to what the wire can show."""
        return from_usd(usd, self.credits_per_usd, self.markup_percent)

    def at_list(self, usd: Fraction) -> int:
        """The same without markup."""
        return from_usd(usd, self.credits_per_usd)


@dataclass(frozen=True, slots=True)
class Tariffs:
    """Those of a server: its own, and those of models that differ from it."""

    credits_per_usd: int = 100
    markup_percent: int = 0
    by_model: Mapping[str, int] = field(default_factory=dict)

    def of(self, model: Model, options: Options = NO_OPTIONS) -> Tariff:
        """What a model costs a workspace with these options."""
        own = options.markup_percent
        named = (self.by_model.get(name) for name in (model.slug, *model.aliases))
        of_model = next((markup for markup in named if markup is not None), self.markup_percent)
        return Tariff(self.credits_per_usd, of_model if own is None else own)


def check_markups(markups: Mapping[str, int], catalog: Catalog) -> None:
    """Raises ConfigError for a model that is none, with those that may have been meant."""
    for slug in markups:
        if catalog.get(slug) is None:
            nearest = ", ".join(catalog.nearest(slug))
            raise ConfigError(f"[markups]: there is no model {slug!r}; the nearest are {nearest}")
