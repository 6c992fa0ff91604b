"""Whatever is wrong with an operator's account, they are told what to look at, at every kind."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY
from tests.providers.test_every_provider import MODELS, OPTIONS
from tests.standins.__main__ import STAND_INS
from tests.standins.faults import fault
from tests.standins.google import GoogleStandIn
from tests.standins.server import StandIn

from limner.providers.account_trouble import OTHERWISE, account_trouble
from limner.providers.base import ImageProvider, Order, ProviderError
from limner.providers.registry import build

KEY_REFUSED, NOT_ALLOWED, NO_MONEY = "does not accept this key", "be verified", "billing and limits"
WORDS = {"401": KEY_REFUSED, "403": NOT_ALLOWED, "400_billing": NO_MONEY, "429_quota": NO_MONEY}
OTHERS = {
    ("fal", "400_billing"): "the balance paid",  # told as a 403
    ("fal", "429_quota"): "the balance paid",
    ("xai", "400_billing"): KEY_REFUSED,  # has no such answer; a 400 is one about the key
    ("comfyui", "400_billing"): KEY_REFUSED,  # has no account, only what stands before it
}
NO_TROUBLE = {
    ("alibaba", "429_quota"),  # a quota of the moment
    ("comfyui", "429_quota"),
    ("compatible", "400_billing"),
    ("compatible", "429_quota"),
}
"""Faults that are nothing of the kind there."""
CASES = [
    (kind, what)
    for kind in sorted({*MODELS, "suno"})
    for what in WORDS
    if (kind, what) not in NO_TROUBLE
]


@dataclass(frozen=True, slots=True)
class Upstream:
    kind: str
    provider: ImageProvider
    standin: StandIn

    @property
    def order(self) -> Order:
        if self.kind != "suno":
            return an_order(MODELS[self.kind])
        return replace(an_order("V5", output_format="mp3"), task="music")

    async def refuses(self, what: str) -> ProviderError:
        """How an order ends that meets a fault."""
        self.standin.script(fault(what))
        with pytest.raises(ProviderError) as caught:
            await drained(self.provider.run(self.order))
        return caught.value


@pytest.fixture
async def upstream(request: pytest.FixtureRequest) -> AsyncIterator[Upstream]:
    kind: str = request.param
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(STAND_INS[kind]())
        key = standin.account() if kind == "vertex" and isinstance(standin, GoogleStandIn) else KEY
        provider = build(kind, standin.base_url, key, "pyreqwest", options=OPTIONS.get(kind))
        stack.push_async_callback(provider.aclose)
        yield Upstream(kind, provider, standin)


@pytest.mark.parametrize(("upstream", "what"), CASES, indirect=["upstream"])
async def test_an_order_that_the_account_is_turned_away_with_says_what_to_look_at(
    upstream: Upstream, what: str
) -> None:
    error = await upstream.refuses(what)
    assert (error.outcome, error.reason) == ("known_not_run", "provider_account")
    words = account_trouble("mine", error.detail)
    assert words.startswith("mine ")
    assert OTHERS.get((upstream.kind, what), WORDS[what]) in words


@pytest.mark.parametrize(
    ("upstream", "what"),
    [
        (kind, what)
        for kind, what in CASES
        if kind != "vertex"  # whose check asks for a token, and not for the project's money
    ],
    indirect=["upstream"],
)
async def test_a_check_that_meets_the_same_says_more_than_a_status(
    upstream: Upstream, what: str
) -> None:
    upstream.standin.script(fault(what))
    with pytest.raises(ProviderError) as caught:
        await upstream.provider.check()
    assert "answers with HTTP" not in caught.value.message
    if WORDS[what] == NO_MONEY and (upstream.kind, what) not in OTHERS:
        assert "money" in caught.value.message or "credits" in caught.value.message


def test_what_nobody_wrote_down_is_told_all_the_same() -> None:
    assert account_trouble("mine", "something else") == f"mine {OTHERWISE}"
