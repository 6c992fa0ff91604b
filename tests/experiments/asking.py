"""Whoever asks servers for things in all the ways there are, and remembers what they were told."""

from collections.abc import Coroutine
from typing import Any

from tests.experiments.agreement import Story
from tests.experiments.ways import PICTURE, upload
from tests.faults.load import Answer, Callers, wanted
from tests.servers import Server

MOST_FILES = 1_000_000
"""For settings: who asks for long keeps more files than a workspace usually may."""


class Asking:
    """`marker` is put into every prompt, to tell the stand-in what to do."""

    def __init__(self, callers: Callers, marker: str) -> None:
        self.callers, self.marker = callers, marker
        self.story = Story()
        self.misled: list[str] = []
        """What streams did that none may do."""
        self.files: list[str] = []
        """Ids of uploads that were answered."""

    def body(self, n: int = 1, **more: object) -> dict[str, Any]:
        return wanted(n, self.marker, **more)

    async def wait(self, server: Server, n: int = 1, **more: object) -> Answer:
        return await self.send(server, self.body(n, **more))

    async def defer(self, server: Server) -> Answer:
        return await self.send(server, self.body(), prefer="wait=0")

    async def follow(self, server: Server) -> Answer:
        followed = await self.callers.follow(server.api, self.body(2))
        self.misled += followed.misled()
        return self.heard(followed.answer())

    async def upload(self, server: Server) -> Answer:
        answer = await self.callers.post(f"{server.api}/files", data=upload())
        if answer.status == 201:
            self.files.append(answer.body["id"])
        return self.heard(answer)

    async def send(self, server: Server, body: dict[str, Any], **headers: str) -> Answer:
        url = f"{server.api}/images/generations"
        return self.heard(await self.callers.post(url, headers, json=body))

    async def keyed(self, server: Server, body: dict[str, Any], key: str) -> Answer:
        return await self.send(server, body, **{"idempotency-key": key})

    def heard(self, answer: Answer) -> Answer:
        self.story.answers.append(answer)
        return answer

    def kinds(self, server: Server) -> list[Coroutine[None, None, Answer]]:
        """One request of every kind."""
        return [
            self.wait(server),
            self.wait(server, 3, store=True),
            self.follow(server),
            self.defer(server),
            self.upload(server),
        ]

    async def lost_files(self, server: Server) -> list[str]:
        """Uploads that were answered and cannot be had."""
        lost = []
        for file_id in self.files:
            status, data = await self.callers.get(f"{server.api}/files/{file_id}/content")
            if (status, data) != (200, PICTURE):
                lost.append(f"P8: {file_id} was answered, and now {status}")
        return lost
