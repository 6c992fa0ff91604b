"""What ComfyUI's nodes take, and what it says of a graph that does not fit them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Graph = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Input:
    """`kind` is a link's type, or INT, FLOAT, STRING or COMBO."""

    kind: str
    least: float = 0
    most: float = 0
    choices: tuple[str, ...] = ()

    def told(self) -> list[Any]:
        """As `/object_info` has it; newer classes write choices in the second way."""
        if self.kind == "COMBO":
            return [list(self.choices), {}]
        if self.kind == "COMBO2":
            return ["COMBO", {"options": list(self.choices)}]
        return [self.kind, {"min": self.least, "max": self.most} if self.most else {}]


@dataclass(frozen=True, slots=True)
class Kind:
    inputs: Mapping[str, Input]
    output: bool = False


def whole(least: int, most: int) -> Input:
    return Input("INT", least, most)


def fraction(least: float, most: float) -> Input:
    return Input("FLOAT", least, most)


def one_of(*choices: str, kind: str = "COMBO") -> Input:
    return Input(kind, choices=choices)


STRING = Input("STRING")
IMAGE, MASK, LATENT, MODEL, CLIP, VAE, CONDITIONING, UPSCALER = map(
    Input,
    ("IMAGE", "MASK", "LATENT", "MODEL", "CLIP", "VAE", "CONDITIONING", "UPSCALE_MODEL"),
)
KINDS = {
    "CheckpointLoaderSimple": Kind({"ckpt_name": one_of("flux1-dev-fp8.safetensors")}),
    "CLIPTextEncode": Kind({"text": STRING, "clip": CLIP}),
    "EmptyLatentImage": Kind(
        {"width": whole(16, 16384), "height": whole(16, 16384), "batch_size": whole(1, 4096)}
    ),
    "KSampler": Kind(
        {
            "seed": whole(0, 2**64 - 1),
            "steps": whole(1, 10000),
            "cfg": fraction(0, 100),
            "sampler_name": one_of("euler", "dpmpp_2m"),
            "scheduler": one_of("simple", "normal", kind="COMBO2"),
            "denoise": fraction(0, 1),
            "model": MODEL,
            "positive": CONDITIONING,
            "negative": CONDITIONING,
            "latent_image": LATENT,
        }
    ),
    "VAEDecode": Kind({"samples": LATENT, "vae": VAE}),
    "VAEEncodeForInpaint": Kind(
        {"pixels": IMAGE, "vae": VAE, "mask": MASK, "grow_mask_by": whole(0, 64)}
    ),
    "RepeatLatentBatch": Kind({"samples": LATENT, "amount": whole(1, 64)}),
    "LoadImage": Kind({"image": STRING}),
    "LoadImageMask": Kind({"image": STRING, "channel": one_of("alpha", "red", "green", "blue")}),
    "UpscaleModelLoader": Kind({"model_name": one_of("RealESRGAN_x4plus.safetensors")}),
    "ImageUpscaleWithModel": Kind({"upscale_model": UPSCALER, "image": IMAGE}),
    "ImageScale": Kind(
        {
            "image": IMAGE,
            "upscale_method": one_of("lanczos", "area"),
            "width": whole(0, 16384),
            "height": whole(0, 16384),
            "crop": one_of("disabled", "center"),
        }
    ),
    "SaveImage": Kind({"images": IMAGE, "filename_prefix": STRING}, output=True),
    "PreviewImage": Kind({"images": IMAGE}, output=True),
}


def object_info(name: str, files: list[str]) -> dict[str, Any]:
    if name not in KINDS:
        return {}
    kind = KINDS[name]
    inputs = {word: one.told() for word, one in kind.inputs.items()}
    if name.startswith("LoadImage"):
        inputs["image"] = [sorted(files), {"image_upload": True}]
    return {name: {"input": {"required": inputs}, "output_node": kind.output}}


class Invalid(Exception):
    """`body` is what ComfyUI answers with status 400."""

    def __init__(self, kind: str, node_errors: dict[str, Any] | None = None) -> None:
        super().__init__(kind)
        error = {"type": kind, "message": "words of ComfyUI", "details": "", "extra_info": {}}
        self.body = {"error": error, "node_errors": node_errors or {}}


def check(graph: Graph, targets: list[str] | None, files: set[str]) -> list[str]:
    """The nodes that will give something out. Raises Invalid."""
    for node in graph.values():
        if node.get("class_type") not in KINDS:
            raise Invalid("invalid_prompt")
    outputs = [
        name
        for name, node in graph.items()
        if KINDS[node["class_type"]].output and (targets is None or name in targets)
    ]
    if not outputs:
        raise Invalid("prompt_no_outputs")
    errors = {
        name: {
            "errors": faults,
            "dependent_outputs": outputs,
            "class_type": graph[name]["class_type"],
        }
        for name in reached(graph, outputs)
        if (faults := list(faults_of(graph[name], files)))
    }
    if errors:
        raise Invalid("prompt_outputs_failed_validation", errors)
    return outputs


def reached(graph: Graph, names: list[str]) -> list[str]:
    """These nodes and all that lead to them."""
    seen: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.append(name)
            inputs = graph[name]["inputs"].values()
            waiting += [value[0] for value in inputs if isinstance(value, list)]
    return seen


def faults_of(node: dict[str, Any], files: set[str]) -> Iterator[dict[str, Any]]:
    for name, known in KINDS[node["class_type"]].inputs.items():
        why = why_wrong(known, node["inputs"].get(name))
        if not why and name == "image" and node["class_type"].startswith("LoadImage"):
            why = "" if node["inputs"][name] in files else "custom_validation_failed"
        if why:
            yield {
                "type": why,
                "message": "words of ComfyUI",
                "details": "",
                "extra_info": {"input_name": name, "received_value": node["inputs"].get(name)},
            }


def why_wrong(known: Input, value: Any) -> str:
    if value is None:
        return "required_input_missing"
    if isinstance(value, list):
        return ""
    if known.kind in ("INT", "FLOAT"):
        try:
            number = float(value)
        except (TypeError, ValueError):
            return "invalid_input_type"
        if number < known.least:
            return "value_smaller_than_min"
        return "value_bigger_than_max" if number > known.most else ""
    if known.kind.startswith("COMBO"):
        return "" if value in known.choices else "value_not_in_list"
    return "" if known.kind == "STRING" else "return_type_mismatch"


def number_at(graph: Graph, name: str) -> int | None:
    """The largest value that an input of this name has anywhere."""
    values = [node["inputs"].get(name) for node in graph.values()]
    return max((int(value) for value in values if isinstance(value, int | float)), default=None)
