"""Why a backup is not taken or not restored, in a sentence for the operator."""

from limner.errors import ConfigError


class BackupRefused(ConfigError):
    """Nothing was changed; `code` is for scripts."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def damaged(words: str) -> BackupRefused:
    return BackupRefused(f"{words}. Nothing was restored; use another backup", "archive_damaged")


def too_new(version: str) -> BackupRefused:
    return BackupRefused(
        f"the backup was taken by limner {version}, which this limner is too old to read. Install "
        f"limner {version} or a newer one, and restore with that",
        "archive_too_new",
    )
