"""Options that several commands share, and the settings made of them."""

from pathlib import Path
from typing import Annotated

import typer

from limner import settings
from limner.cli.screen import JSON_FLAG
from limner.settings import Settings

AsJson = Annotated[bool, JSON_FLAG]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder with the database, the pictures and the server's secret.",
        show_default="LIMNER_DATA_DIR, else .limner",
    ),
]
Url = Annotated[
    str,
    typer.Option("--url", envvar="LIMNER_URL", help="Address of the limner to ask."),
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        envvar="INFERY_API_KEY",
        help="API key, inf_… or inf_test_….",
        show_default=False,
    ),
]
DEFAULT_URL = "http://127.0.0.1:8000"
WORKSPACE = "default"


def local(data: Path | None) -> Settings:
    """The settings of the limner whose data lie here."""
    return settings.load(data_dir=data)
