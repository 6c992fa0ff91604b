"""What format pictures are handed out in, who makes it, and what the provider is asked for.

A model that knows `output_format` is asked for what was asked. Where it does not know the format,
or no format at all, limner makes it from the best that the model gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from limner.catalog.model import EnumParam, IntegerParam, Model, Param, Scalar, Task
from limner.darkroom.development import FORMATS, LOSSY, Format, format_named
from limner.errors import InvalidParams
from limner.generation.field_names import Ignored
from limner.generation.values import PLATFORM, checked, listed

FORMAT, COMPRESSION = "output_format", "output_compression"
OTHER_WORDS = {"jpg": "jpeg"}
LOSSLESS = "png is lossless; it applies to jpeg, webp and avif"


class Finish(msgspec.Struct, frozen=True):
    """How pictures are to be handed out. `anew`: even those that came in this format already."""

    form: Format
    quality: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Emulated:
    """A parameter that limner meets itself; `given` is what the provider is asked for, if told."""

    name: str
    used: Scalar
    why: str
    given: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """`own` are parameters for the provider, `source` the format it is asked for in our stead."""

    own: Mapping[str, Scalar]
    finish: Finish | None = None
    emulated: tuple[Emulated, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    source: Format | None = None
    replaced: str | None = None
    """Another word for the format that was used by the caller."""


def settled(model: Model, task: Task, wanted: Mapping[str, object]) -> Wish:
    """What a caller's format and compression come to. Raises InvalidParams."""
    form, replaced = asked_format(model, wanted.get(FORMAT))
    quality = asked_quality(model, wanted.get(COMPRESSION), task)
    own: dict[str, Scalar] = {}
    known = native_formats(model, task)
    if form is None and quality is None:
        return Wish(own)
    final = form or usual_format(model, task)
    if final is None:
        return Wish(own)
    emulated: list[Emulated] = []
    ignored: list[Ignored] = []
    here = form is not None and form not in known
    if form in known and form is not None:
        own[FORMAT] = form
    if quality is not None and final not in LOSSY:
        ignored.append(Ignored(COMPRESSION, LOSSLESS))
        quality = None
    native = declared(model, COMPRESSION, task) is not None and not here
    anew = quality is not None and not native
    if quality is not None and native:
        own[COMPRESSION] = quality
    source = best(known) if known and (here or anew) else None
    if source and FORMAT in own and source != form:
        del own[FORMAT]
        here = True
    if here and form is not None:
        emulated.append(of_format(model, form, source, known))
    if anew and quality is not None:
        why = f"{model.slug} takes none for {final}; limner encodes the picture"
        emulated.append(Emulated(COMPRESSION, quality, why))
    finish = Finish(final, quality, anew)
    return Wish(own, finish, tuple(emulated), tuple(ignored), source, replaced)


def of_format(
    model: Model, form: Format, source: Format | None, known: tuple[Format, ...]
) -> Emulated:
    if form in known:
        return Emulated(
            FORMAT, form, "limner encodes it, for the sake of output_compression", source
        )
    if source:
        return Emulated(FORMAT, form, f"{model.slug} gives no {form}; limner makes it", source)
    return Emulated(FORMAT, form, f"{model.slug} takes none; limner converts what it gives")


def asked_format(model: Model, value: object) -> tuple[Format | None, str | None]:
    """The format, and the caller's own word for it where it is another."""
    if value is None:
        return None, None
    if not isinstance(value, str):
        raise InvalidParams(f"{FORMAT} must be a string: {listed(FORMATS)}", param=FORMAT)
    form = format_named(OTHER_WORDS.get(value, value))
    if form is None:
        raise InvalidParams(f"{FORMAT} of {model.slug} must be {listed(FORMATS)}", param=FORMAT)
    return form, value if value != form else None


def asked_quality(model: Model, value: object, task: Task) -> int | None:
    if value is None:
        return None
    param = declared(model, COMPRESSION, task) or PLATFORM[COMPRESSION]
    used, _ = checked(COMPRESSION, param, value, of=model.slug)
    assert isinstance(used, int)
    return used


def declared(model: Model, name: str, task: Task) -> Param | None:
    param = model.params.get(name)
    return param if param is not None and param.only in (None, task) else None


def native_formats(model: Model, task: Task) -> tuple[Format, ...]:
    """Those the provider makes itself when it is asked."""
    param = declared(model, FORMAT, task)
    if not isinstance(param, EnumParam):
        return ()
    return tuple(form for form in FORMATS if form in param.values)


def usual_format(model: Model, task: Task) -> Format | None:
    """What comes when no format is asked for."""
    param = declared(model, FORMAT, task)
    default = param.default if isinstance(param, EnumParam) else None
    return format_named(default or model.output.format)


def best(known: tuple[Format, ...]) -> Format:
    """The one that loses least."""
    return known[0]


def entries(model: Model, task: Task = "generate") -> dict[str, dict[str, object]]:
    """What the catalog tells of them, for a model of pictures."""
    known = native_formats(model, task)
    form: dict[str, object] = {
        "type": "string",
        "enum": list(FORMATS),
        "met": "native" if known else "emulated",
    }
    usual = usual_format(model, task)
    if usual:
        form["default"] = usual
    if known and len(known) < len(FORMATS):
        form["emulated"] = [one for one in FORMATS if one not in known]
    native = isinstance(declared(model, COMPRESSION, task), IntegerParam)
    return {
        FORMAT: form,
        COMPRESSION: {
            "type": "integer",
            "minimum": 0,
            "maximum": 100,
            "met": "native" if native else "emulated",
        },
    }


def came_otherwise(emulated: tuple[Emulated, ...], form: Format, came: str) -> tuple[Emulated, ...]:
    """The same once limner made a format that the provider was asked for and did not give."""
    why = f"the provider gave {came}; limner made it {form}"
    if any(one.name == FORMAT for one in emulated):
        return tuple(
            replace(one, given=came, why=why) if one.name == FORMAT else one for one in emulated
        )
    return (*emulated, Emulated(FORMAT, form, why, came))
