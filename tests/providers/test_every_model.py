"""Every model of the catalog, ordered with its own defaults, is taken where it runs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.providers.orders import drained
from tests.providers.secrets import KEY
from tests.providers.test_every_parameter import CATALOG, VOCABULARY, Asked, tasks_of
from tests.standins.__main__ import STAND_INS
from tests.standins.google import GoogleStandIn

from limner.catalog.model import BooleanParam
from limner.generation.params import fit_params
from limner.providers.base import Generated, Order
from limner.providers.registry import build

HOSTS = {"google": ("google", "vertex")}
KINDS = ("openai", "google", "vertex", "xai", "alibaba", "bfl")


def orders(kind: str) -> Iterator[tuple[str, Order]]:
    """One plain order of each task for each model that may run at a kind."""
    for model in CATALOG.models.values():
        for place in model.deployments:
            if kind not in HOSTS.get(place.provider, (place.provider,)):
                continue
            for task in tasks_of(model, BooleanParam()):
                asked = Asked(kind, model, place, task, "", "")
                fitted = fit_params(
                    model, VOCABULARY, prompt="a lantern", given={}, task=task, n=model.n.max
                )
                order = asked.order(fitted, n=model.n.max)
                yield f"{model.slug} {task}", replace(order, per_call=model.n.upstream_max)


@pytest.mark.parametrize("kind", KINDS)
async def test_its_upstream_takes_it_and_draws_as_many_as_were_asked_for(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.0)
    async with STAND_INS[kind]() as standin:
        key = standin.account() if kind == "vertex" and isinstance(standin, GoogleStandIn) else KEY
        provider = build(kind, standin.base_url, key, "pyreqwest")
        seen = 0
        for said, order in orders(kind):
            seen += 1
            last = (await drained(provider.run(order)))[-1]
            assert isinstance(last, Generated), said
            assert (len(last.images), last.warnings) == (order.n, ()), said
        await provider.aclose()
    assert seen >= 5
