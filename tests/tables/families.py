"""Which models count as one family, and where each is asked: the columns of the table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import msgspec
from tests.standins.comfyui import WORKFLOWS

from limner.catalog.load import load
from limner.catalog.model import Model


@dataclass(frozen=True, slots=True)
class Family:
    """Models that take the same; `kind` and `options` are those of the provider that is asked."""

    name: str
    kind: str
    models: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A table of its own: `page` is the provider's, below `docs/providers/`."""

    title: str
    page: str
    families: tuple[Family, ...]


OWN_MODEL = "a-model-of-yours"
"""One that declares every parameter, to see what a server can be told at all."""

AZURE = {"api_version": "2025-04-01-preview"}
GEMINI = (
    "gemini-nano-banana-2-1",
    "gemini-3-pro-image",
    "gemini-3-1-flash-image",
    "gemini-3-1-flash-lite-image",
    "gemini-2-5-flash-image",
    "gemini-3-pro-image-preview",
    "gemini-3-1-flash-image-preview",
    "gemini-2-5-flash-image-preview",
    "gemini-2-0-flash-preview-image-generation",
)
IMAGEN = (
    "imagen-4",
    "imagen-4-ultra",
    "imagen-4-fast",
    "imagen-3",
    "imagen-3-001",
    "imagen-3-fast",
)
GPT_IMAGE_2 = (
    "gpt-image-2-6-flare",
    "gpt-image-2-6-sunburst",
    "gpt-image-2-5-flare",
    "gpt-image-2-5-sunburst",
)
GPT_IMAGE_1 = ("gpt-image-1-5", "gpt-image-1-mini", "chatgpt-image-latest", "gpt-image-1")

OPENAI = (
    Family("GPT Image 2.5, 2.6", "openai", GPT_IMAGE_2),
    Family("GPT Image 2", "openai", ("gpt-image-2",)),
    Family("GPT Image 1, 1.5, mini", "openai", GPT_IMAGE_1),
    Family("DALL·E 3", "openai", ("dall-e-3",)),
    Family("DALL·E 2", "openai", ("dall-e-2",)),
)
DIALECTS = {
    "OpenAI's wire": "openai",
    "SGLang": "sglang",
    "vLLM-Omni": "vllm_omni",
    "LocalAI": "localai",
    "Together": "together",
}

SECTIONS = (
    Section("OpenAI and Azure", "openai", OPENAI),
    Section(
        "Google",
        "google",
        (
            Family("Gemini, Developer API", "google", GEMINI),
            Family("Gemini, Vertex", "vertex", GEMINI),
            Family("Imagen, Developer API", "google", IMAGEN),
            Family("Imagen, Vertex", "vertex", IMAGEN),
        ),
    ),
    Section(
        "xAI",
        "xai",
        (
            Family("Grok Imagine 2.0", "xai", ("grok-imagine-image-2-0",)),
            Family("Grok Imagine", "xai", ("grok-imagine-image",)),
            Family(
                "Grok Imagine quality, pro",
                "xai",
                ("grok-imagine-image-quality", "grok-imagine-image-pro"),
            ),
            Family("Grok 2", "xai", ("grok-2-image",)),
        ),
    ),
    Section(
        "Alibaba",
        "alibaba",
        (
            Family(
                "Qwen Image 2, 3",
                "alibaba",
                (
                    "qwen-image-3-0",
                    "qwen-image-3-0-pro",
                    "qwen-image-2-1-pro",
                    "qwen-image-2-0",
                    "qwen-image-2-0-pro",
                ),
            ),
            Family(
                "Qwen Image, plus, max",
                "alibaba",
                ("qwen-image", "qwen-image-plus", "qwen-image-max"),
            ),
            Family(
                "Qwen Image Edit",
                "alibaba",
                ("qwen-image-edit", "qwen-image-edit-plus", "qwen-image-edit-max"),
            ),
            Family("Wan 2.7", "alibaba", ("wan2-7-image", "wan2-7-image-pro")),
            Family(
                "Wan to 2.6",
                "alibaba",
                ("wan2-6-t2i", "wan2-5-t2i-preview", "wan2-2-t2i-plus", "wan2-2-t2i-flash"),
            ),
            Family("Z-Image", "alibaba", ("z-image-turbo",)),
        ),
    ),
    Section(
        "Black Forest Labs: FLUX.2",
        "bfl",
        (
            Family("FLUX.2", "bfl", ("flux-2-pro", "flux-2-pro-preview", "flux-2-max")),
            Family("FLUX.2 flex", "bfl", ("flux-2-flex",)),
            Family("FLUX.2 klein", "bfl", ("flux-2-klein-9b", "flux-2-klein-4b")),
        ),
    ),
    Section(
        "Black Forest Labs: FLUX.1",
        "bfl",
        (
            Family("FLUX1.1 pro", "bfl", ("flux-pro-1-1",)),
            Family("FLUX1.1 ultra", "bfl", ("flux-pro-1-1-ultra",)),
            Family("Kontext", "bfl", ("flux-kontext-pro", "flux-kontext-max")),
            Family("Fill", "bfl", ("flux-pro-1-0-fill",)),
            Family("FLUX.1 dev", "bfl", ("flux-dev",)),
        ),
    ),
    Section("Suno", "suno", (Family("Cover art", "suno", ("suno-music",)),)),
    Section(
        "fal",
        "fal",
        (
            Family("FLUX.1 at fal", "fal", ("flux-1-dev-fal", "flux-1-schnell-fal")),
            Family("FLUX.2 dev at fal", "fal", ("flux-2-dev-fal",)),
            Family("FLUX.2 pro, max at fal", "fal", ("flux-2-pro-fal", "flux-2-max-fal")),
            Family("Kontext at fal", "fal", ("flux-kontext-pro",)),
            Family("FLUX1.1 ultra at fal", "fal", ("flux-pro-1-1-ultra",)),
        ),
    ),
    Section(
        "ComfyUI",
        "comfyui",
        (Family("A workflow", "comfyui", (OWN_MODEL,), {"workflows": str(WORKFLOWS)}),),
    ),
    Section(
        "Compatible servers",
        "compatible",
        tuple(
            Family(name, "compatible", (OWN_MODEL,), {"dialect": dialect})
            for name, dialect in DIALECTS.items()
        ),
    ),
)


def family(name: str) -> Family:
    return next(one for section in SECTIONS for one in section.families if one.name == name)


@cache
def models() -> Mapping[str, Model]:
    """Those of the catalog, and the one of an operator's own."""
    return {**load().models, OWN_MODEL: msgspec.convert(OWN, Model)}


OWN = {
    "slug": OWN_MODEL,
    "display_name": "A model of your own",
    "owner": "you",
    "modality": "image",
    "status": "active",
    "source": "an example",
    "prompt": {"max_chars": 4000},
    "n": {"max": 4, "upstream_max": 4},
    "price": {"kind": "per_image", "rates": [{"usd": "0"}]},
    "capabilities": {
        "edit": True,
        "max_reference_images": 4,
        "stream": True,
        "partial_images": True,
    },
    "sizes": {
        "default": "1024x1024",
        "listed": ["1024x1024", "auto"],
        "default_tier": "1K",
        "rule": {"multiple_of": 8, "min_edge": 256, "max_edge": 4096},
    },
    "params": {
        "quality": {"type": "enum", "values": ["low", "medium", "high", "auto", "standard", "hd"]},
        "style": {"type": "enum", "values": ["vivid", "natural"]},
        "aspect_ratio": {
            "type": "enum",
            "values": ["1:1", "16:9", "2:3", "21:9"],
            "met": "translated",
        },
        "image_size": {"type": "enum", "values": ["1K", "2K", "4K"], "met": "translated"},
        "person_generation": {
            "type": "enum",
            "values": ["dont_allow", "allow_adult", "allow_all"],
        },
        "background": {"type": "enum", "values": ["transparent", "opaque", "auto"]},
        "output_format": {"type": "enum", "values": ["png", "jpeg", "webp"], "default": "png"},
        "output_compression": {"type": "integer", "min": 0, "max": 100},
        "input_fidelity": {"type": "enum", "values": ["high", "low"], "only": "edit"},
        "moderation": {"type": "enum", "values": ["auto", "low"]},
        "negative_prompt": {"type": "string", "max_chars": 1000},
        "seed": {"type": "integer", "min": 0, "max": 4294967295},
        "user": {"type": "string", "max_chars": 512},
        "steps": {"type": "integer", "min": 1, "max": 100},
        "prompt_extend": {"type": "boolean"},
    },
    "deployments": [
        {"provider": "compatible", "upstream_model": "flux-1-dev"},
        {"provider": "comfyui", "upstream_model": "flux-dev"},
    ],
}
