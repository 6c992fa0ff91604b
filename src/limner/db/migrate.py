"""`python -m limner.db.migrate` brings the database of LIMNER_DATABASE_URL up to date.

A revision behind it stops there.
"""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    command.upgrade(config(url), revision)


if __name__ == "__main__":
    upgrade(os.environ["LIMNER_DATABASE_URL"], *sys.argv[1:])
