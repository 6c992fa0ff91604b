"""Parameters of a song that shut one another out, and the two lengths a prompt may have."""

import pytest

from limner.catalog.load import load
from limner.errors import InvalidParams
from limner.generation.params import Fitted, fit_params
from limner.generation.values import Vocabulary

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
SLUGS = [model.slug for model in CATALOG.models.values() if model.modality == "music"]


def fit(given: dict[str, object], prompt: str = "rain", slug: str = "suno-v5") -> Fitted:
    model = CATALOG.models[slug]
    return fit_params(model, VOCABULARY, prompt=prompt, given=given, task="music")


def why(fitted: Fitted) -> dict[str, str]:
    return {item.name: item.why for item in fitted.ignored}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_plain_prompt_is_short_and_a_custom_one_long(slug: str) -> None:
    words, model = "la " * 600, CATALOG.models[slug]
    with pytest.raises(InvalidParams, match=r"without custom_mode .* takes at most 500") as refused:
        fit({}, words, slug)
    assert refused.value.param == "prompt"
    assert len(fit({"custom_mode": True}, words, slug).prompt) == 1800
    with pytest.raises(InvalidParams, match=f"at most {model.prompt.max_chars:,}"):
        fit({"custom_mode": True}, "x" * (model.prompt.max_chars + 1), slug)


@pytest.mark.parametrize("name", ["lyrics", "style", "tags", "title", "persona_id"])
def test_words_of_ones_own_make_a_request_custom_unless_it_says_no(name: str) -> None:
    assert fit({name: "x"}, "y" * 501).applied == (name,)
    plain = fit({name: "x", "custom_mode": False})
    assert why(plain) == {name: "custom_mode is false"}
    with pytest.raises(InvalidParams):
        fit({name: "x", "custom_mode": False}, "y" * 501)


def test_parameters_of_one_operation_are_left_out_of_another() -> None:
    fitted = fit({"sound_tempo": 90, "sound_key": "Am", "continue_at": 3, "style": "jazz"})
    assert why(fitted) == {
        "sound_tempo": "it applies to operation sounds only",
        "sound_key": "it applies to operation sounds only",
        "continue_at": "it applies to operation extend only",
    }
    assert fitted.params["style"] == "jazz"


def test_sounds_take_a_tempo_and_a_key_and_the_prompt_alone() -> None:
    sounds = {"operation": "sounds", "sound_tempo": 90, "sound_key": "Am", "sound_loop": True}
    assert fit(sounds).ignored == ()
    assert why(fit(sounds | {"style": "jazz"})) == {"style": "sounds follow the prompt alone"}
    with pytest.raises(InvalidParams, match="at most 500"):
        fit(sounds | {"custom_mode": True}, "x" * 501)


def test_to_extend_is_to_extend_something() -> None:
    with pytest.raises(InvalidParams) as refused:
        fit({"operation": "extend"})
    assert refused.value.param == "audio_id"
    extended = fit({"operation": "extend", "audio_id": "a1", "continue_at": 12.5})
    assert (extended.ignored, extended.params["continue_at"]) == ((), 12.5)


def test_shares_are_clamped_and_that_is_reported() -> None:
    fitted = fit({"style_weight": 1.5, "weirdness_constraint": -1, "audio_weight": 0.5})
    assert [(one.name, one.given, one.used) for one in fitted.adjusted] == [
        ("style_weight", 1.5, 1.0),
        ("weirdness_constraint", -1, 0.0),
    ]


def test_the_format_of_a_song_is_asked_for_as_response_format() -> None:
    assert fit({}).output_format == "mp3"
    assert fit({"response_format": "wav"}).output_format == "wav"
    with pytest.raises(InvalidParams, match="response_format of suno-v5 must be one of mp3, wav"):
        fit({"response_format": "url"})
