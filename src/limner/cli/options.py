"""Options that several commands share, and the settings made of them."""

from pathlib import Path
from typing import Annotated

import typer

from limner import settings
from limner.cli.dates import moment
from limner.cli.screen import JSON
from limner.settings import Settings

AsJson = Annotated[bool, typer.Option(JSON, help="Print JSON instead, for scripts.")]
Wait = Annotated[
    float, typer.Option(metavar="SECONDS", min=1, max=86_400, help="Most seconds to wait.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help="Folder with the database, the pictures and the server's secret. "
        "Default: LIMNER_DATA_DIR, else .limner.",
    ),
]
Url = Annotated[
    str,
    typer.Option("--url", metavar="URL", envvar="LIMNER_URL", help="Address of the limner to ask."),
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY",
        envvar="INFERY_API_KEY",
        help="API key, inf_… or inf_test_….",
        show_default=False,
    ),
]
Count = Annotated[
    int | None, typer.Option("--n", "-n", metavar="NUMBER", min=1, help="How many pictures.")
]
Size = Annotated[str | None, typer.Option("--size", metavar="SIZE", help="Such as 1024x1024.")]
Quality = Annotated[
    str | None, typer.Option("--quality", metavar="QUALITY", help="Such as low, high, hd.")
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param", "-p", metavar="NAME=VALUE", help="Any other parameter; may be repeated."
    ),
]
OfWorkspace = Annotated[
    str,
    typer.Option("--workspace", "-w", metavar="WORKSPACE", help="The workspace, by name or id."),
]
WHEN = "30d or 12h ago, 2026-11-01, or unix seconds."
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", parser=moment, help=f"From then on: {WHEN}"),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", parser=moment, help=f"Before then: {WHEN}"),
]
DEFAULT_URL = "http://127.0.0.1:8000"
WORKSPACE = "default"


def commands(about: str | None = None) -> typer.Typer:
    """A command, or with `about` a group of them."""
    return typer.Typer(
        help=about,
        no_args_is_help=about is not None,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def local(data: Path | None) -> Settings:
    """The settings of the limner whose data lie here."""
    return settings.load(data_dir=data)
