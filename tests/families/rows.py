"""What each family is asked for, and what that must cost and give; none of it is read from limner.

A credit is a hundredth of a US dollar, the prices are those of the providers' own lists, and
`worth` is the sum in words. A picture costs its dollars rounded up to a ten-thousandth of a credit.
Where the provider meters, its figure counts: the stand-ins meter 11 tokens for `PROMPT` on OpenAI's
wire and 9 on Google's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tests.files.sounds import mp3
from tests.standins.pictures import drawn

PROMPT = "a heron in the reeds"
SQUARE = "1024x1024"


@dataclass(frozen=True, slots=True)
class Row:
    """`calls` is how many orders the provider gets, `numbers` which of its pictures come.

    `gives` is pixels and format of each, or the sound of a song. `upstream` is the model the
    provider is asked for; a workflow names none.
    """

    family: str
    provider: str
    model: str
    upstream: str
    worth: str
    credits: str
    gives: str
    n: int = 1
    calls: int = 1
    numbers: tuple[int, ...] = (0,)
    params: Mapping[str, object] = field(default_factory=dict)
    modality: Literal["image", "music"] = "image"

    @property
    def costs(self) -> Decimal:
        return Decimal(self.credits)

    def files(self) -> Iterator[bytes]:
        """The very bytes the stand-in gave."""
        for number in self.numbers:
            if self.modality == "music":
                yield mp3(100)
            else:
                size, _, kind = self.gives.partition(" ")
                width, height = map(int, size.split("x"))
                yield drawn(width, height, kind, number)


ROWS = (
    Row(
        "OpenAI GPT Image",
        "openai",
        "gpt-image-2",
        "gpt-image-2",
        "(11 x $5 + 2 x 196 x $30) / 1M, in two",
        "1.1816",
        "1024x1024 png",
        n=2,
        numbers=(0, 1),
        params={"size": SQUARE, "quality": "low"},
    ),
    Row(
        "OpenAI GPT Image",
        "openai",
        "gpt-image-2-6-flare",
        "gpt-image-2.6-flare",
        "(11 x $5 + 343 x $30) / 1M",
        "1.0345",
        "1536x1024 webp",
        params={"size": "1536x1024", "quality": "medium", "output_format": "webp"},
    ),
    Row(
        "OpenAI DALL·E 2",
        "openai",
        "dall-e-2",
        "dall-e-2",
        "3 x $0.018",
        "5.4",
        "512x512 png",
        n=3,
        numbers=(0, 1, 2),
        params={"size": "512x512"},
    ),
    Row(
        "OpenAI DALL·E 3",
        "openai",
        "dall-e-3",
        "dall-e-3",
        "1 x $0.12",
        "12",
        "1792x1024 png",
        params={"size": "1792x1024", "quality": "hd"},
    ),
    Row(
        "OpenAI at Azure",
        "azure",
        "gpt-image-1",
        "gpt-image-1",
        "(11 x $5 + 196 x $40) / 1M",
        "0.7895",
        "1024x1024 jpeg",
        params={"size": SQUARE, "quality": "low", "output_format": "jpeg"},
    ),
    Row(
        "Google Imagen",
        "google",
        "imagen-4",
        "imagen-4.0-generate-001",
        "3 x $0.04",
        "12",
        "1024x1024 png",
        n=3,
        numbers=(0, 1, 2),
        params={"size": SQUARE},
    ),
    Row(
        "Google Imagen at Vertex",
        "vertex",
        "imagen-4-ultra",
        "imagen-4.0-ultra-generate-001",
        "1 x $0.06",
        "6",
        "2048x2048 png",
        params={"image_size": "2K"},
    ),
    Row(
        "Google Gemini Image",
        "google",
        "gemini-nano-banana-2-1",
        "gemini-nano-banana-2.1",
        "2 x (9 x $1.50 + 230 x $7.50 + 1120 x $30) / 1M",
        "7.0678",
        "1376x768 jpeg",
        n=2,
        calls=2,
        numbers=(0, 0),
        params={"aspect_ratio": "16:9"},
    ),
    Row(
        "Google Gemini Image at Vertex",
        "vertex",
        "gemini-3-pro-image",
        "gemini-3-pro-image",
        "(9 x $2 + 230 x $12 + 1120 x $120) / 1M",
        "13.7178",
        "1024x1024 jpeg",
    ),
    Row(
        "xAI Grok Image",
        "xai",
        "grok-imagine-image-2-0",
        "grok-imagine-image-2.0",
        "3 x $0.04",
        "12",
        "1024x1024 jpeg",
        n=3,
        numbers=(0, 1, 2),
        params={"size": SQUARE},
    ),
    Row(
        "xAI Grok Image",
        "xai",
        "grok-imagine-image",
        "grok-imagine-image",
        "1 x $0.02",
        "2",
        "1024x1024 jpeg",
    ),
    Row(
        "Alibaba Qwen Image, at once",
        "alibaba",
        "qwen-image-3-0",
        "qwen-image-3.0",
        "2 x $0.03",
        "6",
        "1024x1024 png",
        n=2,
        numbers=(0, 1),
        params={"size": SQUARE},
    ),
    Row(
        "Alibaba Qwen Image, as a task",
        "alibaba",
        "qwen-image",
        "qwen-image",
        "1 x $0.035",
        "3.5",
        "928x1664 png",
        params={"aspect_ratio": "9:16"},
    ),
    Row(
        "Suno artwork",
        "suno",
        "suno-music",
        "V5",
        "one call, $0.10, two pictures",
        "10",
        "64x64 jpeg",
        n=2,
        numbers=(1, 2),
    ),
    Row(
        "Suno music",
        "suno",
        "suno-v5",
        "V5",
        "one call, $0.10, two takes",
        "10",
        "sound",
        numbers=(1, 2),
        modality="music",
    ),
    Row(
        "FLUX at Black Forest Labs",
        "bfl",
        "flux-2-pro",
        "flux-2-pro",
        "2 x ($0.03 + $0.015), a begun megapixel each",
        "9",
        "1536x1024 png",
        n=2,
        calls=2,
        numbers=(0, 0),
        params={"size": "1536x1024", "output_format": "png"},
    ),
    Row(
        "FLUX at fal",
        "fal",
        "flux-1-dev-fal",
        "fal-ai/flux/dev",
        "2 x 2 x $0.025, a begun megapixel each",
        "10",
        "1536x1024 jpeg",
        n=2,
        numbers=(0, 1),
        params={"size": "1536x1024"},
    ),
    Row(
        "FLUX of one's own, SGLang",
        "gpu",
        "flux-1-dev",
        "flux1-dev",
        "one's own hardware",
        "0",
        "832x1216 png",
        n=2,
        numbers=(0, 1),
        params={"size": "832x1216", "steps": 20, "seed": 7},
    ),
    Row(
        "FLUX of one's own, LocalAI",
        "localai",
        "flux-1-krea-dev",
        "flux.1-krea",
        "one's own hardware",
        "0",
        "512x512 png",
        params={"size": "512x512"},
    ),
    Row(
        "FLUX of one's own, ComfyUI",
        "comfyui",
        "flux-1-schnell",
        "",
        "one's own hardware",
        "0",
        "1216x832 png",
        n=2,
        numbers=(0, 1),
        params={"size": "1216x832"},
    ),
    Row(
        "FLUX at Together, as a model of one's own",
        "together",
        "hosted-schnell",
        "black-forest-labs/FLUX.1-schnell",
        "4 x $0.0027",
        "1.08",
        "1024x768 png",
        n=4,
        numbers=(0, 1, 2, 3),
        params={"size": "1024x768"},
    ),
)
