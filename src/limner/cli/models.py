"""`limner model`: look through the catalog, and check it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from limner.api.wire.models import whole_model
from limner.app import tariffs_of
from limner.catalog.load import Catalog, load
from limner.catalog.model import Model
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.screen import say, show_json
from limner.cli.table import show_table
from limner.generation.choice import named
from limner.settings import Settings

Modality = Literal["image", "upscale", "music"]
app = commands("The catalog: list, show and check models.")


@app.command("list")
def list_all(
    words: Annotated[
        str | None, typer.Argument(metavar="WORDS", help="Only models these words occur in.")
    ] = None,
    modality: Annotated[
        Modality | None, typer.Option(metavar="KIND", help="image, upscale or music.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="Owner or provider, such as openai.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Models, active ones first."""
    settings = local(data)
    found = load(settings.catalog_dirs).listed(modality, provider, words)
    if as_json:
        show_json([whole_model(model, tariffs_of(settings).of(model)) for model in found])
        return
    rows = [(model.slug, model.owner, model.status, from_price(model, settings)) for model in found]
    show_table(
        ("model", "owner", "status", "credits"),
        rows,
        "no model is like that; `limner model list` shows all",
    )


def from_price(model: Model, settings: Settings) -> str:
    """What a plain request costs, or the cheapest and dearest."""
    pricing = whole_model(model, tariffs_of(settings).of(model)).pricing
    assert isinstance(pricing, dict)
    tiers = pricing.get("tiers")
    prices = [tier["credits"] for tier in tiers] if isinstance(tiers, list) else []
    low, high = min(prices, default=pricing["credits"]), max(prices, default=pricing["credits"])
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


@app.command("show")
def show(
    slug: Annotated[str, typer.Argument(metavar="MODEL", help="The model, such as gpt-image-2.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What one model takes and costs."""
    settings = local(data)
    model = named(slug, load(settings.catalog_dirs))
    if as_json:
        show_json(whole_model(model, tariffs_of(settings).of(model)))
        return
    say(f"{model.display_name} ({model.slug}), by {model.owner}, {lifecycle(model)}")
    say(f"  {model.description}")
    say(f"  pictures a request: up to {model.n.max}; prompt up to {model.prompt.max_chars} letters")
    say(f"  credits a picture: {from_price(model, settings)}")
    if model.sizes:
        say(f"  sizes: {', '.join(model.sizes.listed) or model.sizes.default}")
    for name in model.params:
        say(f"  takes {name}")
    for note in model.notes:
        say(f"  note: {note}")


def lifecycle(model: Model) -> str:
    when = f" ({model.shutdown})" if model.shutdown else ""
    instead = f", use {model.successor}" if model.successor else ""
    return model.status if model.status == "active" else f"{model.status}{when}{instead}"


@app.command("check")
def check(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER",
            help="Further folders of model files, besides the configured ones.",
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check every model file: prices, sizes, parameters, lifecycle. Ends with 1 on a fault."""
    catalog = load([*local(data).catalog_dirs, *(folders or [])])
    if as_json:
        show_json({"models": len(catalog.models), "by_status": counted(catalog)})
        return
    told = ", ".join(f"{count} {status}" for status, count in counted(catalog).items())
    say(f"{len(catalog.models)} models are in order: {told}")


def counted(catalog: Catalog) -> dict[str, int]:
    found = [model.status for model in catalog.models.values()]
    return {status: found.count(status) for status in ("active", "deprecated", "retired")}
