"""Servers that speak nearly as OpenAI does: what each dialect is told, and what it answers."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.providers.given import given
from tests.providers.orders import an_order, drained
from tests.providers.test_every_provider import opened
from tests.sketch.files import flat, hole
from tests.standins.compatible import CompatibleStandIn
from tests.standins.faults import fault
from tests.standins.forms import read_form

from limner.fetch.reach import Reach
from limner.providers.base import (
    Generated,
    ImageData,
    Order,
    Outcome,
    ProviderError,
    Reason,
    Scalar,
)
from limner.providers.compatible_answers import OUTCOMES, WORDED, read_reply, refusal
from limner.providers.dialects import DIALECTS, fields
from limner.providers.http import Reply
from limner.providers.registry import build

EVERY = tuple(DIALECTS)
FLUX: Mapping[str, Scalar] = {
    "steps": 28,
    "guidance": 3.5,
    "true_cfg_scale": 4.0,
    "negative_prompt": "blur",
    "seed": 42,
}


@dataclass(slots=True)
class Served:
    standin: CompatibleStandIn
    stack: AsyncExitStack

    async def drawn(self, order: Order, key: str = "sk-one") -> Generated:
        provider = build(
            "compatible",
            self.standin.base_url,
            key,
            "pyreqwest",
            options={"dialect": self.standin.dialect},
            reach=Reach.of("127.0.0.0/8"),
        )
        self.stack.push_async_callback(provider.aclose)
        last = (await drained(provider.run(order)))[-1]
        assert isinstance(last, Generated)
        return last

    def body(self, number: int = -1) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.standin.requests[number].body)
        return told


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def serving(dialect: str, stack: AsyncExitStack, *, links: bool = False) -> Served:
    standin = await stack.enter_async_context(CompatibleStandIn(dialect, links=links))
    return Served(standin, stack)


def flux(**changes: Any) -> Order:
    return an_order("flux-1-dev", prompt="glass | fox", size="1024x768", **changes)


TOLD: Mapping[str, Mapping[str, Any]] = {
    "openai": {"size": "1024x768", "seed": 42, "response_format": "b64_json"},
    "sglang": {
        "size": "1024x768",
        "num_inference_steps": 28,
        "guidance_scale": 3.5,
        "true_cfg_scale": 4.0,
        "negative_prompt": "blur",
        "seed": 42,
        "response_format": "b64_json",
    },
    "vllm_omni": {
        "size": "1024x768",
        "num_inference_steps": 28,
        "guidance_scale": 3.5,
        "true_cfg_scale": 4.0,
        "negative_prompt": "blur",
        "seed": 42,
        "response_format": "b64_json",
    },
    "localai": {"size": "1024x768", "step": 28, "seed": 42, "response_format": "b64_json"},
    "together": {
        "width": 1024,
        "height": 768,
        "steps": 28,
        "guidance_scale": 3.5,
        "negative_prompt": "blur",
        "seed": 42,
        "response_format": "base64",
    },
}


@pytest.mark.parametrize("dialect", EVERY)
async def test_each_is_told_what_it_has_names_for_and_nothing_else(
    dialect: str, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    order = replace(flux(params={**FLUX, "size": "1024x768"}), given=tuple(FLUX))
    generated = await served.drawn(order)
    told = {"model": "flux-1-dev", "prompt": "glass | fox", "n": 1, **TOLD[dialect]}
    if dialect == "localai":
        told["prompt"] = "glass , fox|blur"
    else:
        told["output_format"] = "png"
    assert served.body() == told
    assert opened(generated.images[0]).size == (1024, 768)
    unnamed = {
        "openai": ["steps", "guidance", "true_cfg_scale", "negative_prompt"],
        "localai": ["guidance", "true_cfg_scale"],
        "together": ["true_cfg_scale"],
    }
    said = [warning.split(" ")[0] for warning in generated.warnings]
    assert said == unnamed.get(dialect, [])


@pytest.mark.parametrize("dialect", EVERY)
async def test_defaults_that_a_server_has_no_name_for_are_no_news(
    dialect: str, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    generated = await served.drawn(flux(params=FLUX))
    assert generated.warnings == ()


@pytest.mark.parametrize("dialect", EVERY)
async def test_a_seed_is_chosen_and_told_where_the_caller_gave_none(
    dialect: str, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    generated = await served.drawn(flux())
    assert generated.images[0].seed == served.body()["seed"]
    assert generated.images[0].seed != (await served.drawn(flux())).images[0].seed


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize("links", [False, True])
async def test_pictures_come_as_base64_or_by_link_in_their_order(
    dialect: str, links: bool, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack, links=links)
    generated = await served.drawn(flux(n=3))
    alone = [await served.drawn(flux(n=1)) for _ in range(1)]
    assert len(generated.images) == 3
    pixels = [opened(image).tobytes() for image in generated.images]
    assert pixels[0] == opened(alone[0].images[0]).tobytes()
    assert len(set(pixels)) == 3


@pytest.mark.parametrize(("dialect", "calls"), [("sglang", [7]), ("together", [4, 3])])
async def test_more_pictures_than_one_call_gives_take_several(
    dialect: str, calls: list[int], stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    generated = await served.drawn(flux(n=7))
    assert [entry.generation.n for entry in served.standin.asked] == calls
    assert len(generated.images) == 7


async def test_a_format_a_server_cannot_make_is_said(stack: AsyncExitStack) -> None:
    served = await serving("localai", stack)
    generated = await served.drawn(flux(output_format="webp"))
    assert generated.warnings == ("the server that drew this cannot make webp",)
    assert opened(generated.images[0]).format == "PNG"


@pytest.mark.parametrize("dialect", ["openai", "sglang", "vllm_omni"])
async def test_edits_are_forms_with_the_pictures_in_their_order(
    dialect: str, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    pictures = (given(flat(size=(64, 48))), given(flat(size=(32, 32))))
    await served.drawn(replace(flux(params={"seed": 1}), task="edit", images=pictures))
    request = served.standin.requests[-1]
    assert request.path == "/v1/images/edits"
    form = read_form(request.headers["content-type"], request.body)
    assert [file.digest for file in form.files] == [image.sha256 for image in pictures]
    assert {file.name for file in form.files} == {"image[]"}
    assert (form.texts["prompt"], form.texts["seed"]) == ("glass | fox", "1")


async def test_localai_enlarges(stack: AsyncExitStack) -> None:
    served = await serving("localai", stack)
    order = replace(an_order("x4", params={"scale": 4}), task="upscale")
    generated = await served.drawn(replace(order, images=(given(flat(size=(64, 48))),)))
    assert opened(generated.images[0]).size == (256, 192)
    form = read_form(
        served.standin.requests[0].headers["content-type"], served.standin.requests[0].body
    )
    assert form.texts == {"model": "x4", "scale": "4"}


@pytest.mark.parametrize(
    ("dialect", "task", "masked"),
    [("together", "edit", False), ("localai", "edit", False), ("sglang", "edit", True),
     ("vllm_omni", "edit", True), ("sglang", "upscale", False)],
)  # fmt: skip
async def test_what_a_server_has_no_words_for_is_not_sent(
    dialect: str, task: Any, masked: bool, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    image = given(flat(size=(64, 48)))
    order = replace(flux(), task=task, images=(image,), mask=image if masked else None)
    with pytest.raises(ProviderError) as caught:
        await served.drawn(order)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")
    assert served.standin.requests == []


FAULTS: list[tuple[str, Outcome, Reason]] = [
    ("400", "known_not_run", "bad_parameter"),
    ("401", "known_not_run", "provider_account"),
    ("403", "known_not_run", "provider_account"),
    ("404", "known_not_run", "model_unavailable"),
    ("429", "known_not_run", "capacity"),
    ("429_retry_after", "known_not_run", "capacity"),
    ("500", "ran", "provider_error"),
    ("502", "unknown", "provider_error"),
    ("503", "known_not_run", "capacity"),
    ("504", "unknown", "provider_error"),
    ("524", "unknown", "provider_error"),
    ("redirect", "known_not_run", "provider_error"),
    ("empty", "ran", "provider_error"),
    ("html", "ran", "provider_error"),
    ("bad_json", "ran", "provider_error"),
    ("no_data", "ran", "provider_error"),
    ("rst_before_body", "unknown", "provider_error"),
    ("rst_after_body", "unknown", "provider_error"),
    ("fin_mid_answer", "unknown", "provider_error"),
]


@pytest.mark.parametrize(("kind", "outcome", "reason"), FAULTS)
@pytest.mark.parametrize("dialect", EVERY)
async def test_what_a_failure_means(
    dialect: str, kind: str, outcome: Outcome, reason: Reason, stack: AsyncExitStack
) -> None:
    served = await serving(dialect, stack)
    served.standin.script(fault(kind))
    with pytest.raises(ProviderError) as caught:
        await served.drawn(flux())
    assert (caught.value.outcome, caught.value.reason) == (outcome, reason)
    assert caught.value.retry_after == (1.0 if kind == "429_retry_after" else None)


ROWS: list[tuple[int, Outcome, Reason]] = [
    (301, "known_not_run", "provider_error"),
    (307, "known_not_run", "provider_error"),
    (308, "known_not_run", "provider_error"),
    (400, "known_not_run", "bad_parameter"),
    (401, "known_not_run", "provider_account"),
    (402, "known_not_run", "provider_account"),
    (403, "known_not_run", "provider_account"),
    (404, "known_not_run", "model_unavailable"),
    (405, "known_not_run", "provider_error"),
    (413, "known_not_run", "bad_parameter"),
    (415, "known_not_run", "bad_parameter"),
    (422, "known_not_run", "bad_parameter"),
    (429, "known_not_run", "capacity"),
    (500, "ran", "provider_error"),
    (503, "known_not_run", "capacity"),
]
PAGE = b"<html>no</html>"


def judged(status: int, body: bytes) -> tuple[Outcome, Reason]:
    error = refusal(Reply(status, {}, body), now=0.0)
    return error.outcome, error.reason


def test_every_row_of_the_table_is_tested() -> None:
    assert {status for status, _, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "outcome", "reason"), ROWS)
@pytest.mark.parametrize("body", [b'{"detail":"no"}', b'{"error":{"message":"no"}}', b"{}"])
def test_a_refusal_means_what_its_row_says(
    status: int, outcome: Outcome, reason: Reason, body: bytes
) -> None:
    assert judged(status, body) == (outcome, reason)


@pytest.mark.parametrize("status", sorted(WORDED))
@pytest.mark.parametrize("body", [PAGE, b"", b"[]", b'"no"'])
def test_a_status_that_may_be_a_proxy_s_is_unknown(status: int, body: bytes) -> None:
    assert judged(status, body) == ("unknown", "provider_error")


@pytest.mark.parametrize("status", [202, 302, 408, 409, 502, 504, 520, 524])
def test_what_nobody_wrote_down_is_unknown(status: int) -> None:
    for body in (PAGE, b"{}"):
        assert judged(status, body) == ("unknown", "provider_error")


async def test_a_mask_goes_where_openai_s_own_would(stack: AsyncExitStack) -> None:
    served = await serving("openai", stack)
    image, mask = given(flat(size=(64, 48))), given(hole((64, 48), (8, 8, 31, 23)))
    await served.drawn(replace(flux(), task="edit", images=(image,), mask=mask))
    request = served.standin.requests[-1]
    form = read_form(request.headers["content-type"], request.body)
    assert [(file.name, file.digest) for file in form.files] == [
        ("image", image.sha256),
        ("mask", mask.sha256),
    ]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [("openai", "transparent opaque auto"), ("sglang", "transparent"), ("together", "")],
)
def test_a_background_is_told_where_there_is_a_word_for_it(dialect: str, told: str) -> None:
    heard = [
        value
        for value in ("transparent", "opaque", "auto")
        if "background" in fields(DIALECTS[dialect], flux(params={"background": value}), None)
    ]
    assert heard == told.split()


class SomeLinks:
    """Brings what is behind links, but for those that are broken."""

    async def image(self, url: str) -> ImageData:
        if "broken" in url:
            raise ProviderError("the link did not bring it", outcome="ran")
        return ImageData(memoryview(url.encode()), "raw")


async def read(*items: dict[str, str], n: int) -> Generated:
    reply = Reply(200, {}, json.dumps({"data": items}).encode())
    return await read_reply(reply, flux(n=n), SomeLinks(), seed=None, warnings=())


async def test_a_link_that_brings_nothing_is_a_picture_lost_and_the_others_are_delivered() -> None:
    drawn = await read({"url": "/a"}, {"url": "/broken"}, {"b64_json": "QUJD"}, {"url": "/b"}, n=4)
    assert [bytes(image.data) for image in drawn.images] == [b"/a", b"QUJD", b"/b"]
    assert drawn.lost == 1
    only = await read({"url": "/broken"}, {"b64_json": "QUJD"}, n=2)
    assert (len(only.images), only.lost) == (1, 1)
    with pytest.raises(ProviderError) as caught:
        await read({"url": "/broken"}, {"url": "/broken"}, n=2)
    assert caught.value.outcome == "ran"


async def test_nobody_at_the_address_has_not_drawn(stack: AsyncExitStack) -> None:
    served = await serving("sglang", stack)
    async with served.standin.refusing():
        with pytest.raises(ProviderError) as caught:
            await served.drawn(flux())
    assert caught.value.outcome == "known_not_run"


async def test_a_server_without_keys_is_sent_none(stack: AsyncExitStack) -> None:
    served = await serving("sglang", stack)
    await served.drawn(flux(), key="")
    assert "authorization" not in served.standin.requests[-1].headers
