"""Every parameter the catalog declares reaches the wire as its provider's fact sheet says.

For each model, each of its parameters and each value, the request is compared, field by field, with
the one that is sent without it: nothing else may change.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
from PIL import Image
from tests.providers.given import given
from tests.sketch.files import file_of, flat
from tests.standins.forms import read_form

from limner.catalog.load import load
from limner.catalog.model import (
    BooleanParam,
    Deployment,
    EnumParam,
    Model,
    Param,
    StringParam,
    Task,
)
from limner.generation.params import Fitted, fit_params
from limner.generation.values import Vocabulary
from limner.providers import google_gemini, google_imagen
from limner.providers.alibaba_fields import PROTOCOLS
from limner.providers.base import Order, ProviderError, Scalar
from limner.providers.bfl_fields import check_order
from limner.providers.bfl_fields import request_body as bfl_body
from limner.providers.openai_edits import edit_form
from limner.providers.openai_fields import request_body as openai_body
from limner.providers.suno_fields import call_of
from limner.providers.xai_fields import request_body as xai_body

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
WORDS = "some words"
Fields: TypeAlias = dict[str, Any]
"""A request as its fields, those within others by their whole path."""


def flattened(value: Any, path: str = "") -> Fields:
    if not isinstance(value, dict):
        return {path: value}
    inner = (flattened(one, f"{path}.{name}" if path else name) for name, one in value.items())
    return {name: one for fields in inner for name, one in fields.items()}


def from_openai(order: Order) -> Fields:
    if order.task == "generate":
        return flattened(json.loads(openai_body(order)))
    form = asyncio.run(edit_form(order))
    return dict(read_form(form.content_type, form.body).texts)


def from_google(host: str) -> Callable[[Order], Fields]:
    def sent(order: Order) -> Fields:
        imagen = order.protocol == "imagen_predict"
        body = google_imagen.request_body if imagen else google_gemini.request_body
        return flattened(json.loads(body(order, host)))

    return sent


def from_bfl(order: Order) -> Fields:
    check_order(order)
    return flattened(json.loads(bfl_body(order)))


def from_suno(order: Order) -> Fields:
    call = call_of(order, "https://nowhere.example")
    return {"path": call.path, **call.body}


SENT: Mapping[str, Callable[[Order], Fields]] = {
    "openai": from_openai,
    "google": from_google("google"),
    "vertex": from_google("vertex"),
    "xai": lambda order: flattened(json.loads(xai_body(order))),
    "alibaba": lambda order: flattened(json.loads(PROTOCOLS[order.protocol].body(order))),
    "bfl": from_bfl,
    "suno": from_suno,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter with one value, of one model at one provider."""

    at: str
    model: Model
    place: Deployment
    task: Task
    name: str
    value: Scalar

    @property
    def param(self) -> Param:
        return self.model.params[self.name]

    @property
    def fitted(self) -> Fitted:
        return self.fit({self.name: self.value})

    def fit(self, asked: Mapping[str, Scalar]) -> Fitted:
        companions = COMPANIONS.get(self.name, {})
        fields = {**companions, **asked} if self.name in companions else {**asked, **companions}
        return fit_params(
            self.model, VOCABULARY, prompt="a paper lantern", given=fields, task=self.task
        )

    def order(self, fitted: Fitted, n: int = 1) -> Order:
        square = given(SQUARE if self.place.upstream_model == "dall-e-2" else flat())
        count = min(2, self.model.capabilities.max_reference_images)
        return Order(
            job_id="imgjob_1",
            task=self.task,
            upstream_model=self.place.upstream_model,
            prompt=fitted.prompt,
            n=n,
            width=fitted.pixels.width,
            height=fitted.pixels.height,
            output_format=fitted.output_format,
            params=fitted.params,
            images=(square,) * (count if self.task == "edit" else 0),
            protocol=self.place.protocol,
            slug=self.model.slug,
        )

    def sent(self, fitted: Fitted) -> Fields:
        return SENT[self.at](self.order(fitted))


SQUARE = file_of(Image.new("RGBA", (64, 64)))
Told: TypeAlias = Callable[[Asked], Fields | None]
"""What a value adds to a request; None where the order is turned away."""

COMPANIONS: Mapping[str, Mapping[str, Scalar]] = {
    "output_compression": {"output_format": "jpeg"},
    "audio_id": {"operation": "extend", "audio_id": "8551"},
    "continue_at": {"operation": "extend", "audio_id": "8551"},
    "default_param_flag": {"operation": "extend", "audio_id": "8551"},
    "sound_loop": {"operation": "sounds"},
    "sound_tempo": {"operation": "sounds"},
    "sound_key": {"operation": "sounds"},
    **{
        name: {"custom_mode": True}
        for name in ("lyrics", "style", "tags", "title", "persona_id", "duration")
    },
}
"""What has to be said along, for a parameter to mean anything."""


def field(path: str) -> Told:
    return lambda asked: {path: asked.fitted.params[asked.name]}


def nothing(asked: Asked) -> Fields:
    return {}


def pixels(path: str, cross: str = "x") -> Told:
    def told(asked: Asked) -> Fields:
        return {path: str(asked.fitted.pixels).replace("x", cross)}

    return told


def sides(asked: Asked) -> Fields:
    return {"width": asked.fitted.pixels.width, "height": asked.fitted.pixels.height}


def hashed(name: str) -> Told:
    return lambda asked: {name: hashlib.sha256(str(asked.value).encode()).hexdigest()}


def in_form(told: Told) -> Told:
    """The same as text, where an edit is a form."""

    def texts(asked: Asked) -> Fields:
        fields = told(asked) or {}
        as_text = asked.task == "edit"
        return {name: str(value) if as_text else value for name, value in fields.items()}

    return texts


def openai_format(asked: Asked) -> Fields:
    """PNG has no compression to be told; the others have a hundred, unless told."""
    as_text = asked.task == "edit"
    compressed = {} if asked.value == "png" else {"output_compression": "100" if as_text else 100}
    return {"output_format": asked.value, **compressed}


def of_openai(name: str) -> Told:
    def told(asked: Asked) -> Fields:
        dall_e, edit = asked.model.slug.startswith("dall-e-"), asked.task == "edit"
        if edit and (name == "moderation" or (dall_e and name != "user")):
            return {}
        if name == "user" and not dall_e:
            return hashed("safety_identifier")(asked) or {}
        return in_form(field(name))(asked) or {}

    return told


def is_imagen(asked: Asked) -> bool:
    return asked.place.protocol == "imagen_predict"


ONE_SIZE = {
    "gemini-2-0-flash-preview-image-generation",
    "gemini-2-5-flash-image-preview",
    "gemini-2-5-flash-image",
    "gemini-3-1-flash-lite-image",
    "imagen-3-001",
    "imagen-3",
    "imagen-3-fast",
    "imagen-4-fast",
}


def by_wire(imagen: Told, gemini: Told) -> Told:
    return lambda asked: (imagen if is_imagen(asked) else gemini)(asked)


def google_size(asked: Asked) -> Fields | None:
    if asked.model.slug in ONE_SIZE:
        return {}
    path = by_wire(
        field("parameters.sampleImageSize"), field("generationConfig.imageConfig.imageSize")
    )
    return path(asked)


def google_people(asked: Asked) -> Fields | None:
    if is_imagen(asked):
        refused = asked.at == "google" and asked.value == "allow_all"
        return None if refused else {"parameters.personGeneration": asked.value}
    if asked.at == "google":
        return None if asked.value == "dont_allow" else {}
    names = {
        "dont_allow": "ALLOW_NONE",
        "allow_adult": "ALLOW_ADULT",
        "allow_all": "ALLOW_ALL",
    }
    return {"generationConfig.imageConfig.personGeneration": names[str(asked.value)]}


def google_seed(asked: Asked) -> Fields | None:
    if not is_imagen(asked):
        return {"generationConfig.seed": asked.value}
    if asked.at == "google":
        return None
    return {
        "parameters.seed": asked.value,
        "parameters.addWatermark": False,
        "parameters.enhancePrompt": False,
    }


def google_unwanted(asked: Asked) -> Fields:
    if asked.at == "vertex" and asked.model.slug in ("imagen-3-001", "imagen-3-fast"):
        return {"parameters.negativePrompt": WORDS}
    said = f"a paper lantern. Leave out: {WORDS}"
    if is_imagen(asked):
        return {"instances": [{"prompt": said}]}
    contents = asked.sent(asked.fit({}))["contents"]
    *pictures, _ = contents[0]["parts"]
    return {"contents": [{"role": "user", "parts": [*pictures, {"text": said}]}]}


def google_format(asked: Asked) -> Fields:
    compressed = {"parameters.outputOptions.compressionQuality": 75}
    told = {"parameters.outputOptions.mimeType": f"image/{asked.value}"}
    return told | (compressed if asked.value == "jpeg" else {})


GOOGLE: Mapping[str, Told] = {
    "aspect_ratio": by_wire(
        field("parameters.aspectRatio"), field("generationConfig.imageConfig.aspectRatio")
    ),
    "image_size": google_size,
    "person_generation": google_people,
    "negative_prompt": google_unwanted,
    "seed": google_seed,
    "output_format": google_format,
    "output_compression": field("parameters.outputOptions.compressionQuality"),
}


def alibaba_tier(asked: Asked) -> Fields:
    named = asked.place.upstream_model.startswith("wan2.7")
    return {"parameters.size": asked.value if named else pixels_of(asked)}


def pixels_of(asked: Asked) -> str:
    return str(asked.fitted.pixels).replace("x", "*")


def alibaba_unwanted(asked: Asked) -> Fields:
    beside = asked.place.protocol == "async_text2image"
    return {f"{'input' if beside else 'parameters'}.negative_prompt": WORDS}


def alibaba_rewriting(asked: Asked) -> Fields:
    """Without it nothing is said of how to do it."""
    return {"parameters.prompt_extend": asked.value} | (
        {} if asked.value else dict.fromkeys(OF_REWRITING, GONE)
    )


OF_REWRITING = ("parameters.enable_thinking", "parameters.prompt_extend_mode")
GONE = object()
"""Stands for a field that is there no more."""


def bfl_ratio(asked: Asked) -> Fields | None:
    native = asked.param.met == "native"
    return {"aspect_ratio": asked.value} if native else sides(asked)


def bfl_tolerance(asked: Asked) -> Fields | None:
    kontext = asked.place.upstream_model.startswith("flux-kontext") and asked.task == "edit"
    return None if kontext and int(asked.value) > 2 else {"safety_tolerance": asked.value}


def hundredths(path: str) -> Told:
    return lambda asked: {path: round(float(asked.value), 2)}


TOLD: Mapping[str, Mapping[str, Told]] = {
    "openai": {
        "aspect_ratio": pixels("size"),
        "image_size": pixels("size"),
        "output_format": openai_format,
        **{
            name: of_openai(name)
            for name in (
                *("quality", "style", "background", "output_compression", "moderation"),
                *("complexity", "input_fidelity", "safety_identifier", "user"),
            )
        },
    },
    "google": GOOGLE,
    "vertex": GOOGLE,
    "xai": {
        "aspect_ratio": field("aspect_ratio"),
        "image_size": lambda asked: {"resolution": str(asked.value).lower()},
        "quality": field("quality"),
        "user": hashed("user"),
    },
    "alibaba": {
        "aspect_ratio": pixels("parameters.size", "*"),
        "image_size": alibaba_tier,
        "negative_prompt": alibaba_unwanted,
        "prompt_extend": alibaba_rewriting,
        "watermark": field("parameters.watermark"),
        "seed": field("parameters.seed"),
        "thinking_mode": field("parameters.thinking_mode"),
        "enable_thinking": field("parameters.enable_thinking"),
        "prompt_extend_mode": field("parameters.prompt_extend_mode"),
    },
    "bfl": {
        "aspect_ratio": bfl_ratio,
        "image_size": sides,
        "safety_tolerance": bfl_tolerance,
        "prompt_extend": field("prompt_upsampling"),
        **{name: field(name) for name in ("seed", "steps", "guidance", "raw", "output_format")},
    },
    "suno": {
        "task_id": lambda asked: {"taskId": WORDS},
        "instrumental": field("instrumental"),
        "title": field("title"),
        "style": field("style"),
        "tags": field("style"),
        "lyrics": field("prompt"),
        "negative_tags": field("negativeTags"),
        "vocal_gender": field("vocalGender"),
        "style_weight": hundredths("styleWeight"),
        "weirdness_constraint": hundredths("weirdnessConstraint"),
        "audio_weight": hundredths("audioWeight"),
        "persona_id": field("personaId"),
        "persona_model": field("personaModel"),
        "audio_id": field("audioId"),
        "continue_at": field("continueAt"),
        "duration": field("duration"),
        "default_param_flag": field("defaultParamFlag"),
        "sound_loop": field("soundLoop"),
        "sound_tempo": field("soundTempo"),
        "sound_key": field("soundKey"),
    },
}
ELSEWHERE = {
    ("suno", "operation"): "which call is made: the rows of test_suno",
    ("suno", "custom_mode"): "which fields there are: the rows of test_suno",
    ("suno", "response_format"): "of no field there: what comes instead is told as adjusted",
    ("suno", "task_id"): "which call is made: the rows of test_suno",
}


def values_of(param: Param) -> tuple[Scalar, ...]:
    if isinstance(param, EnumParam):
        return (*param.values, *param.adjust)
    if isinstance(param, BooleanParam):
        return (True, False)
    if isinstance(param, StringParam):
        return (WORDS,)
    return (param.min, param.max, (param.min + param.max) // 2)


def tasks_of(model: Model, param: Param) -> Iterator[Task]:
    if model.modality == "music":
        yield "music"
        return
    can = model.capabilities
    for task, able in (("generate", can.generate), ("edit", can.edit)):
        if able and param.only in (None, task):
            yield "edit" if task == "edit" else "generate"


def everything() -> Iterator[Asked]:
    for model in CATALOG.models.values():
        for place in model.deployments:
            hosts = ("google", "vertex") if place.provider == "google" else (place.provider,)
            for at in hosts:
                if at not in TOLD:
                    continue
                for name, param in model.params.items():
                    for task in tasks_of(model, param):
                        for value in values_of(param):
                            yield Asked(at, model, place, task, name, value)


EVERYTHING = list(everything())


@pytest.mark.parametrize("at", TOLD)
def test_every_parameter_of_a_provider_s_models_has_a_row(at: str) -> None:
    declared = {asked.name for asked in EVERYTHING if asked.at == at}
    elsewhere = {name for provider, name in ELSEWHERE if provider == at}
    assert declared - elsewhere == TOLD[at].keys() - elsewhere


@pytest.mark.parametrize("at", TOLD)
@pytest.mark.parametrize("name", sorted({asked.name for asked in EVERYTHING}))
def test_a_value_changes_its_own_fields_and_no_others(at: str, name: str) -> None:
    if (at, name) in ELSEWHERE:
        return
    for asked in (one for one in EVERYTHING if (one.at, one.name) == (at, name)):
        said = f"{asked.model.slug} {asked.task} {name}={asked.value!r}"
        told = TOLD[at][name](asked)
        if told is None:
            with pytest.raises(ProviderError) as caught:
                asked.sent(asked.fitted)
            assert (caught.value.outcome, caught.value.reason) == (
                "known_not_run",
                "bad_parameter",
            ), said
            continue
        expected = asked.sent(asked.fit({})) | told
        kept = {name: value for name, value in expected.items() if value is not GONE}
        assert asked.sent(asked.fitted) == kept, said
