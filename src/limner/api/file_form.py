"""The form of an upload: `file` and `purpose`, in any order; the file's bytes go on at once."""

from collections.abc import Awaitable, Callable

from limner.api.multipart import Event, PartBegins, PartData
from limner.errors import InvalidParams
from limner.files.kinds import PURPOSES

AROUND_BYTES = 256 * 1024
"""What a form may have beside its file: boundaries, headers and other fields."""
LONGEST_PURPOSE = 64


class FileForm:
    """Told of every event, it knows at the end what was sent. Fields of other names are let go."""

    def __init__(self, take: Callable[[bytes], Awaitable[None]]) -> None:
        self._take = take
        self._seen: dict[str, PartBegins] = {}
        self._part = ""
        self._purpose = b""

    async def hear(self, event: Event) -> None:
        """Raises InvalidParams, and whatever `take` raises."""
        if isinstance(event, PartBegins):
            self._begin(event)
        elif isinstance(event, PartData):
            await self._continue(event.data)
        elif self._part == "purpose":
            self.purpose()

    def _begin(self, part: PartBegins) -> None:
        if part.name in self._seen and part.name in ("file", "purpose"):
            raise InvalidParams(f"there must be one {part.name}", param=part.name)
        self._seen[part.name] = part
        self._part = part.name

    async def _continue(self, data: bytes) -> None:
        if self._part == "file":
            await self._take(data)
        elif self._part == "purpose":
            self._purpose += data[: LONGEST_PURPOSE + 1 - len(self._purpose)]

    def file(self) -> PartBegins:
        """The head of the file's part. Raises InvalidParams when there was none."""
        if "file" not in self._seen:
            raise InvalidParams(
                "file is missing: send its bytes in a part of that name", param="file"
            )
        return self._seen["file"]

    def purpose(self) -> str:
        """Raises InvalidParams for a missing or unknown one."""
        purpose = self._purpose.decode("utf-8", "replace")
        if purpose not in PURPOSES:
            raise InvalidParams(f"purpose must be one of {', '.join(PURPOSES)}", param="purpose")
        return purpose
