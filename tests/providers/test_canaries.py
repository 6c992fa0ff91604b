"""A provider's secret travels in headers alone: with orders, edits, questions, checks and links."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from tests.providers.given import given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY
from tests.providers.test_every_provider import MODELS, OPTIONS
from tests.sketch.files import flat
from tests.standins.__main__ import STAND_INS
from tests.standins.google import GoogleStandIn
from tests.standins.messages import Request
from tests.standins.server import StandIn

from limner.fetch.reach import Reach
from limner.providers.base import Generated, ImageProvider, Order
from limner.providers.registry import KINDS, build

HEADERS = {
    "azure": "api-key",
    "bfl": "x-key",
    "google": "x-goog-api-key",
}
"""Which header a kind's secret is in, where it is not `authorization`."""
PICTURES = ("/results/", "/cdn/", "/files/")
"""Where stand-ins keep pictures that upstreams keep elsewhere, out of reach of their own keys."""
TOKEN = "ya29."
"""What Vertex's tokens begin with; its secret itself is a key that signs for them."""
SONG = replace(an_order("V5", prompt="calm piano", output_format="mp3"), task="music")


@dataclass(frozen=True, slots=True)
class House:
    kind: str
    standin: StandIn
    provider: ImageProvider
    secrets: tuple[str, ...]

    async def told(self, order: Order) -> str:
        """All that is told of an order from its first event to the last."""
        events = await drained(self.provider.run(order))
        assert isinstance(events[-1], Generated)
        shown = [event for event in events if not isinstance(event, Generated)]
        last = replace(events[-1], images=())
        return f"{shown} {last}"

    def carried(self, request: Request) -> set[str]:
        """The headers a secret is in."""
        return {
            name
            for name, value in request.headers.items()
            if any(secret in value for secret in self.secrets)
        }


@pytest.fixture(params=KINDS)
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    kind: str = request.param
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(STAND_INS[kind]())
        key, secrets = KEY, (KEY,)
        if kind == "vertex" and isinstance(standin, GoogleStandIn):
            key = standin.account()
            lines = json.loads(key)["private_key"].splitlines()
            secrets = (TOKEN, *(line for line in lines if len(line) > 40))
        provider = build(
            kind,
            standin.base_url,
            key,
            "pyreqwest",
            options=OPTIONS.get(kind),
            reach=Reach.of("127.0.0.0/8"),
        )
        stack.push_async_callback(provider.aclose)
        yield House(kind, standin, provider, secrets)


def orders(kind: str) -> list[Order]:
    if kind == "suno":
        return [SONG, an_order("V5", n=2, output_format="jpeg")]
    new = an_order(MODELS[kind], n=2, output_format="jpeg")
    if kind == "comfyui":
        return [new]
    return [new, replace(new, task="edit", images=(given(flat()),))]


async def test_a_secret_is_in_its_own_header_and_nowhere_else(house: House) -> None:
    told = await house.provider.check()
    for order in orders(house.kind):
        told += await house.told(order)
    assert not any(secret in told for secret in house.secrets)
    assert not any(secret in repr(house.provider) for secret in house.secrets)
    own = {HEADERS.get(house.kind, "authorization")}
    for sent in house.standin.requests:
        assert not any(secret in sent.path for secret in house.secrets)
        if sent.path != "/token":
            assert not any(secret.encode() in sent.body for secret in house.secrets)
        needs_none = sent.path == "/token" or any(part in sent.path for part in PICTURES)
        assert house.carried(sent) == (set() if needs_none else own), sent.path
