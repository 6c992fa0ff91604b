"""The folder with the database, the pictures and the secret."""

import asyncio
import stat
from pathlib import Path

from limner.app import built
from limner.settings import Settings


def permissions(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


async def open_and_close(folder: Path) -> None:
    async with built(Settings(data_dir=folder)):
        pass


def test_a_new_data_folder_is_readable_for_its_own_user_only(tmp_path: Path) -> None:
    asyncio.run(open_and_close(tmp_path / "new"))
    assert permissions(tmp_path / "new") == 0o700


def test_a_data_folder_that_exists_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    folder.chmod(0o750)
    asyncio.run(open_and_close(folder))
    assert permissions(folder) == 0o750
