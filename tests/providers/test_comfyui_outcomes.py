"""ComfyUI: what each failure means, told in limner's own words; and the free question."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.providers.given import an_edit
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY, UPSTREAM_TEXT, everything_told
from tests.providers.verdicts import (
    ACCOUNT,
    BUSY,
    NO_MODEL,
    NOT_TAKEN,
    OPEN,
    PARAMETER,
    RAN,
    Verdict,
    judged,
)
from tests.sketch.files import flat, hole
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.comfyui_works import End
from tests.standins.faults import fault

from limner.providers.base import Order, ProviderError
from limner.providers.comfyui import ComfyUI
from limner.providers.comfyui_answers import Queued, read_queued
from limner.providers.comfyui_errors import ANY, OUTCOMES, refusal
from limner.providers.comfyui_workflows import Workflow, read_workflow, workflows_in
from limner.providers.http import Reply
from limner.providers.http_clients import open_client

ROWS: list[tuple[int, str | None, Verdict]] = [
    (301, None, NOT_TAKEN),
    (307, None, NOT_TAKEN),
    (308, None, NOT_TAKEN),
    (400, ANY, NO_MODEL),
    (401, None, ACCOUNT),
    (403, None, ACCOUNT),
    (404, None, NOT_TAKEN),
    (405, None, NOT_TAKEN),
    (413, None, PARAMETER),
    (429, None, BUSY),
    (503, None, BUSY),
]
FLUX = read_workflow(WORKFLOWS / "flux-dev.toml")
PAGE = f"<html>{UPSTREAM_TEXT} {KEY}</html>".encode()


def envelope(kind: str, node: str = "", name: str = "", why: str = "value_not_in_list") -> bytes:
    error = {"type": kind, "message": f"{UPSTREAM_TEXT} {KEY}", "details": KEY, "extra_info": {}}
    one = {"type": why, "message": UPSTREAM_TEXT, "extra_info": {"input_name": name}}
    nodes: Any = {node: {"errors": [one], "class_type": "X", "dependent_outputs": ["9"]}}
    return json.dumps({"error": error, "node_errors": nodes if node else []}).encode()


def refused(status: int, body: bytes, order: Order | None = None, **headers: str) -> ProviderError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = refusal(Reply(status, named, body), FLUX, order or an_order("flux-dev"))
    assert KEY not in everything_told(error)
    assert UPSTREAM_TEXT not in everything_told(error)
    return error


def test_every_row_of_the_table_is_tested() -> None:
    assert {(status, word) for status, word, _ in ROWS} == OUTCOMES.keys()


@pytest.mark.parametrize(("status", "word", "verdict"), ROWS)
def test_a_refusal_means_what_its_row_says(status: int, word: str | None, verdict: Verdict) -> None:
    bodies = [PAGE, b"", b"[]", b'{"error":"no"}']
    if word == ANY:
        bodies = [envelope("invalid_prompt"), envelope("prompt_no_outputs", "4", "ckpt_name")]
    assert {judged(refused(status, body)) for body in bodies} == {verdict}


@pytest.mark.parametrize("body", [PAGE, b"", envelope("invalid_prompt")])
@pytest.mark.parametrize("status", [202, 302, 409, 418, 500, 502, 504, 520, 524])
def test_what_comfyui_does_not_say_is_unknown(status: int, body: bytes) -> None:
    assert judged(refused(status, body)) == OPEN


def test_a_400_that_is_not_comfyui_s_is_unknown() -> None:
    assert judged(refused(400, PAGE)) == OPEN


@pytest.mark.parametrize(
    ("node", "name", "given", "said"),
    [
        ("3", "steps", ("steps",), "steps"),
        ("5", "width", (), "size"),
        ("5", "batch_size", (), "n"),
        ("6", "text", (), "prompt"),
    ],
)
def test_a_place_that_a_caller_s_parameter_went_to_is_the_caller_s(
    node: str, name: str, given: tuple[str, ...], said: str
) -> None:
    order = replace(an_order("flux-dev"), given=given)
    error = refused(400, envelope("prompt_outputs_failed_validation", node, name), order)
    assert judged(error) == PARAMETER
    assert error.message == f"comfyui refused a parameter of this order: {said}"


def test_a_place_that_the_model_s_own_default_went_to_is_the_operator_s() -> None:
    error = refused(400, envelope("prompt_outputs_failed_validation", "3", "steps"))
    assert judged(error) == NO_MODEL


def test_the_operator_is_told_which_node_and_input_it_was() -> None:
    error = refused(400, envelope("prompt_outputs_failed_validation", "4", "ckpt_name"))
    assert error.detail == (
        "HTTP 400 prompt_outputs_failed_validation [node 4 ckpt_name: value_not_in_list]"
    )


def test_only_a_busy_server_says_when_to_come_back() -> None:
    assert refused(429, b"", retry_after="7").retry_after == 7
    assert refused(401, b"", retry_after="7").retry_after is None


@pytest.fixture
async def standin() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
    monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.1)
    monkeypatch.setattr("limner.providers.comfyui_asking.FOUND_WITHIN_S", 0.2)


async def failed(standin: ComfyUIStandIn, order: Order | None = None) -> ProviderError:
    provider = opened(standin)
    try:
        with pytest.raises(ProviderError) as caught:
            await drained(provider.run(order or an_order("flux-dev")))
    finally:
        await provider.aclose()
    assert KEY not in everything_told(caught.value)
    assert an_order().prompt not in everything_told(caught.value)
    return caught.value


def opened(standin: ComfyUIStandIn, folder: Path = WORKFLOWS) -> ComfyUI:
    return ComfyUI(
        open_client(),
        base_url=standin.base_url,
        workflows=workflows_in(str(folder)),
        api_key=KEY,
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("rst_before_body", OPEN),
        ("rst_after_body", OPEN),
        ("fin_after_body", OPEN),
        ("fin_mid_answer", OPEN),
        ("500", OPEN),
        ("502", OPEN),
        ("504", OPEN),
        ("empty", OPEN),
        ("bad_json", OPEN),
        ("html", OPEN),
        ("no_data", OPEN),
        ("redirect", NOT_TAKEN),
        ("400", NO_MODEL),
        ("403", ACCOUNT),
        ("404", NOT_TAKEN),
        ("429_retry_after", BUSY),
        ("503", BUSY),
    ],
)
async def test_an_order_that_fails_as_it_is_given_is_given_once(
    standin: ComfyUIStandIn, kind: str, verdict: Verdict
) -> None:
    standin.forgets = True
    standin.script(fault(kind))
    assert judged(await failed(standin)) == verdict
    assert len(standin.asked) <= 1
    assert (standin.asked_at("/history") != []) == (verdict == OPEN)


@pytest.mark.parametrize(
    ("end", "detail"),
    [
        ("execution_error", "node 3 (KSampler) failed with torch.OutOfMemoryError"),
        ("no_images", "no picture at node 9"),
    ],
)
async def test_an_order_that_ends_without_a_picture_says_why(
    standin: ComfyUIStandIn, end: End, detail: str
) -> None:
    standin.works.ends.append(end)
    error = await failed(standin)
    assert (judged(error), error.detail) == (RAN, detail)
    assert len(standin.asked) == 1


async def test_an_order_that_somebody_interrupts_there_says_so(standin: ComfyUIStandIn) -> None:
    standin.works.takes.append(60)
    provider = opened(standin)
    events = provider.run(an_order("flux-dev", timeout_s=30, params={"steps": 1000}))
    await anext(events)
    await anext(events)  # a step was told, so it runs
    standin.works.stop({"prompt_id": standin.asked[0].generation.id})
    with pytest.raises(ProviderError) as caught:
        await drained(events)
    await provider.aclose()
    assert (judged(caught.value), caught.value.detail) == (RAN, "it was interrupted there")


async def test_a_graph_that_was_drawn_before_brings_no_picture(standin: ComfyUIStandIn) -> None:
    """A workflow whose last node names no file has nothing that makes it new."""
    order = an_order("preview", params={"seed": 1})
    provider = ComfyUI(
        open_client(),
        base_url=standin.base_url,
        workflows={("preview", "generate"): without_a_name()},
    )
    await drained(provider.run(order))
    with pytest.raises(ProviderError) as caught:
        await drained(provider.run(order))
    await provider.aclose()
    assert judged(caught.value) == RAN
    assert len(standin.works.cached) == 1


def without_a_name() -> Workflow:
    last = FLUX.graph["9"]
    node = type(last)("PreviewImage", {"images": last.inputs["images"]})
    return replace(FLUX, name="preview", graph={**FLUX.graph, "9": node})


def test_a_node_that_an_older_server_leaves_out_is_known_at_once() -> None:
    from_it = json.dumps(
        {"prompt_id": "p", "node_errors": {"4": {"errors": [], "dependent_outputs": ["9"]}}}
    )
    assert queued(from_it).leaves_out("9")
    assert not queued(from_it).leaves_out("8")
    assert not queued('{"prompt_id":"p","node_errors":[]}').leaves_out("9")


def queued(text: str) -> Queued:
    from_reply = read_queued(Reply(200, {}, text.encode()))
    assert from_reply is not None
    return from_reply


async def test_a_picture_that_cannot_be_fetched_was_drawn(standin: ComfyUIStandIn) -> None:
    standin.trouble("picture", fault("500"), times=3)
    assert judged(await failed(standin)) == RAN


@pytest.mark.parametrize("kind", ["500", "bad_json", "rst_after_body"])
async def test_a_picture_that_does_not_go_up_leaves_nothing_ordered(
    standin: ComfyUIStandIn, kind: str
) -> None:
    standin.trouble("upload", fault(kind))
    order = an_edit(flat(), model="flux-dev", mask=hole((64, 48), (8, 8, 31, 23)))
    assert judged(await failed(standin, order)) == NOT_TAKEN
    assert standin.asked == []


async def test_nobody_listening_took_nothing(standin: ComfyUIStandIn) -> None:
    async with standin.refusing():
        assert judged(await failed(standin)) == NOT_TAKEN


async def checked(standin: ComfyUIStandIn, folder: Path = WORKFLOWS) -> str:
    provider = opened(standin, folder)
    try:
        return await provider.check()
    finally:
        await provider.aclose()


async def test_a_server_that_has_what_is_needed_is_named_with_its_workflows(
    standin: ComfyUIStandIn,
) -> None:
    standin.argv.append("--disable-metadata")
    assert await checked(standin) == (
        "comfyui 0.3.64 has what its workflows need: esrgan.upscale, flux-dev.edit, flux-dev"
    )
    standin.argv.pop()
    assert "hold the workflow, unless it is started with --disable-metadata" in await checked(
        standin
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "flux1-dev-fp8.safetensors",
            "lost.safetensors",
            r"node 4 \(CheckpointLoaderSimple\): it has no ckpt_name 'lost.safetensors'",
        ),
        ('"simple"', '"kaput"', r"node 3 \(KSampler\): it has no scheduler 'kaput'"),
        ("VAEDecode", "TurboDecode", r"node 8 \(TurboDecode\): it has no such class"),
        ("SaveImage", "VAEDecode", r"node 9 \(VAEDecode\): gives out no picture"),
    ],
)
async def test_what_a_server_lacks_is_named_by_node_and_input(
    standin: ComfyUIStandIn, tmp_path: Path, was: str, now: str, said: str
) -> None:
    text = (WORKFLOWS / "flux-dev.json").read_text("utf-8")
    (tmp_path / "flux-dev.json").write_text(text.replace(was, now))
    (tmp_path / "flux-dev.toml").write_bytes((WORKFLOWS / "flux-dev.toml").read_bytes())
    with pytest.raises(ProviderError, match=f"flux-dev.json, {said}") as caught:
        await checked(standin, tmp_path)
    assert judged(caught.value) == NO_MODEL


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("401", "does not accept this key"),
        ("404", "it is usually like http"),
        ("502", "HTTP 502"),
        ("html", "not as comfyui does"),
        ("rst_after_body", "cannot be reached"),
    ],
)
async def test_everything_else_is_said_in_plain_words(
    standin: ComfyUIStandIn, kind: str, words: str
) -> None:
    standin.trouble("check", fault(kind))
    with pytest.raises(ProviderError, match=words) as caught:
        await checked(standin)
    assert caught.value.outcome == "known_not_run"
