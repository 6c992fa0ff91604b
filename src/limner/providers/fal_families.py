"""The models fal runs, by make: which parameters each knows, and how it is given pictures.

A model's name is its path. Some have another path for new pictures or for edits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["pixels", "ratio", "picture"]

JPEG_PNG = ("jpeg", "png")
KONTEXT_RATIOS = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one make take: public names of parameters, paths, and how many pictures.

    `draws` and `edits` are what stands behind a model's name, None where it does not do that.
    """

    shape: Shape
    fields: tuple[str, ...]
    draws: str | None = ""
    edits: str | None = None
    pictures: Literal["image_url", "image_urls"] = "image_url"
    most_pictures: int = 0
    most: int = 4
    """Pictures of one order; 1 where it cannot be told a number."""
    formats: tuple[str, ...] = JPEG_PNG
    extends: str = ""
    """Its name for `prompt_extend`."""
    checker: bool = True
    """Whether its safety checker is a switch, which is left on."""
    tolerances: int = 0
    """The highest `safety_tolerance`, which is told as text and begins at 1."""
    ratios: tuple[str, ...] = ()
    """Where not all of them are taken."""


FLUX_1 = Family("pixels", ("seed", "steps", "guidance"))
FLUX_2 = Family(
    "pixels", ("seed", "steps", "guidance"), edits="/edit", pictures="image_urls", most_pictures=4,
    formats=("jpeg", "png", "webp"), extends="enable_prompt_expansion",
)  # fmt: skip
FLUX_2_PRO = Family(
    "pixels", ("seed",), edits="/edit", pictures="image_urls", most_pictures=8, most=1, tolerances=5
)
FLEX = Family(
    "pixels", ("seed", "steps", "guidance"), edits="/edit", pictures="image_urls", most_pictures=8,
    most=1, tolerances=5,
)  # fmt: skip
FLUX_1_1 = Family("pixels", ("seed",), extends="enhance_prompt", checker=False, tolerances=6)
ULTRA = Family("ratio", ("seed", "raw"), extends="enhance_prompt", checker=False, tolerances=6)
KONTEXT = Family(
    "ratio", ("seed", "guidance"), draws="/text-to-image", edits="", most_pictures=1,
    extends="enhance_prompt", checker=False, tolerances=6, ratios=KONTEXT_RATIOS,
)  # fmt: skip
FILL = Family(
    "picture", ("seed",), draws=None, edits="", most_pictures=1, extends="enhance_prompt",
    checker=False, tolerances=6,
)  # fmt: skip
CLARITY = Family(
    "picture",
    ("scale", "creativity", "resemblance", "guidance", "steps", "negative_prompt", "seed"),
    draws=None, most_pictures=1, most=1, formats=(),
)  # fmt: skip

FAMILIES: Mapping[str, Family] = {
    "fal-ai/clarity-upscaler": CLARITY,
    "fal-ai/flux-2-flex": FLEX,
    "fal-ai/flux-2-": FLUX_2_PRO,
    "fal-ai/flux-2": FLUX_2,
    "fal-ai/flux-pro/v1.1-ultra": ULTRA,
    "fal-ai/flux-pro/v1.1": FLUX_1_1,
    "fal-ai/flux-pro/kontext": KONTEXT,
    "fal-ai/flux-pro/v1/fill": FILL,
}
"""By how a model's name begins, the first that fits; others are told what the first FLUX takes."""


def family_of(upstream_model: str) -> Family:
    found = (one for start, one in FAMILIES.items() if upstream_model.startswith(start))
    return next(found, FLUX_1)
