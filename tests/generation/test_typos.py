"""Slips of the pen are refused with what was meant; nobody else's fields are."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generation.studios import CATALOG, Scripted, a_request, a_scene, draws, place

from limner.db.base import Database
from limner.errors import InvalidParams
from limner.generation.estimate import estimate
from limner.generation.typos import MOST_READ, distance, refuse_typos
from limner.generation.values import Vocabulary

VOCABULARY = Vocabulary.of(CATALOG.models.values())
SLIPS = {
    "promt": "prompt",
    "Prompt": "prompt",
    "modle": "model",
    "N": "n",
    "sizee": "size",
    "qualty": "quality",
    "styel": "style",
    "seeed": "seed",
    "backgroud": "background",
    "aspect-ratio": "aspect_ratio",
    "aspectRatio": "aspect_ratio",
    "negativ_promt": "negative_prompt",
    "output_fromat": "output_format",
    "reponse_format": "response_format",
    "guidance_scal": "guidance_scale",
    "steam": "stream",
    "stroe": "store",
}
FOREIGN = """
    width height num_images num_inference_steps scheduler safety_checker enable_safety_checker
    sync_mode image_url image_urls image images mask loras lora prompt_strength num_outputs
    output_quality go_fast megapixels disable_safety_checker speed mode modes model_id
    model_name models samples sampler sampler_name cfg_scale clip_skip style_preset style_type
    style_id style_codes styles magic_prompt rendering_speed colors color_palette image_prompt
    image_prompt_strength prompt_upsampling interval webhook_url webhook_secret logo_info
    sequential_image_generation return_base64 add_watermark language enhance_prompt
    compression_quality include_rai_reason metadata extra_body timeout thinking tools format
    outputs output type user_id users request_id callback_url quantity count ratio aspect n_iter
    batch_size batch_count eta tiling prompts prompt2 prompt_2 negative_prompt_2 seeds sizes
    scale sigma tag text texts controlnet control_image ip_adapter hires_fix restore_faces
    subseed refiner vae url urls temperature top_p max_tokens stop name email project
    organization customer test debug priority webhook fps camera motion acceleration
    expand_prompt aigc_watermark subject_reference character_reference imageInputCount
    characters durationSeconds totalTokens maxOutputTokens duration_seconds numberOfImages
    sampleCount safetySetting
"""


@pytest.mark.parametrize(("said", "meant"), SLIPS.items())
def test_a_slip_is_refused_with_what_was_meant(said: str, meant: str) -> None:
    with pytest.raises(InvalidParams, match=f'no field "{said}"; did you mean "{meant}"') as caught:
        refuse_typos({said: "x"}, (), VOCABULARY)
    assert caught.value.param == said


@pytest.mark.parametrize("name", FOREIGN.split())
def test_fields_of_other_services_are_no_slips(name: str) -> None:
    refuse_typos({name: "x"}, (), VOCABULARY)


@pytest.mark.parametrize("name", sorted(VOCABULARY.names))
def test_parameters_of_whatever_model_are_no_slips(name: str) -> None:
    refuse_typos({name: "x"}, (), VOCABULARY)


@pytest.mark.parametrize("name", ["", "x", "sed", "nn", "usr", "siz", "whatever", "größe", "n\n"])
def test_short_and_strange_names_are_no_slips(name: str) -> None:
    refuse_typos({name: "x"}, (), VOCABULARY)


def test_what_was_sent_itself_was_not_meant_by_another_name() -> None:
    refuse_typos({"qualitys": "x", "quality": "low"}, (), VOCABULARY)
    refuse_typos({"promt": "x"}, ("prompt",), VOCABULARY)
    refuse_typos({"promt": None}, (), VOCABULARY)
    with pytest.raises(InvalidParams):
        refuse_typos({"qualitys": "x", "quality": None}, (), VOCABULARY)


def test_no_number_of_fields_makes_the_server_compare_for_long() -> None:
    many: dict[str, object] = {f"q{'u' * 6}{number}": 1 for number in range(MOST_READ)}
    refuse_typos(many | {"qualty": 1}, (), VOCABULARY)


WORDS = st.text("abc_", max_size=7)


@settings(deadline=None)
@given(WORDS, WORDS, WORDS)
def test_the_distance_is_a_distance(one: str, other: str, third: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) is (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))
    assert distance(one + third, other + third) <= distance(one, other)


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("prompt", "promt", 1), ("ab", "ba", 1), ("abc", "", 3), ("kitten", "sitting", 3)],
)
def test_slips_are_counted(one: str, other: str, far: int) -> None:
    assert distance(one, other) == far


async def test_generations_and_estimates_both_refuse_them(
    database: Database, tmp_path: Path
) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted(draws())))
    studio = scene.studio
    for request in (a_request(promt="x", prompt=None), a_request(modle="x", model=None)):
        with pytest.raises(InvalidParams, match="did you mean"):
            await scene.events(request)
    with pytest.raises(InvalidParams, match='did you mean "quality"'):
        await estimate(
            CATALOG.models["gpt-image-2"],
            {"qualty": "low"},
            "live",
            studio.catalog,
            studio.vocabulary,
            studio.connections,
            studio.tariffs.of,
        )
    assert (await scene.jobs(), await scene.spent()) == ([], 0)
