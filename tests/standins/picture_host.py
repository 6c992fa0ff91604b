"""A host that keeps the pictures other stand-ins answer with links to; its log is who came."""

from tests.standins.messages import Answer, Request
from tests.standins.misbehaviour import strike
from tests.standins.server import Connection, StandIn


class PictureHost(StandIn):
    """`kept` gives a link; a scripted fault strikes the next one who follows a link."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host=host, port=port)
        self._pictures: dict[str, tuple[bytes, str]] = {}

    def kept(self, data: bytes, content_type: str = "image/png") -> str:
        path = f"/results/{len(self._pictures) + 1}"
        self._pictures[path] = (data, content_type)
        return f"{self.url}{path}"

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.path not in self._pictures:
            return Answer(404, b"gone")
        data, content_type = self._pictures[request.path]
        answer = Answer(200, data, {"content-type": content_type})
        fault = self.next_fault()
        if fault is None:
            return answer
        if fault.kind in ("403", "404", "500"):
            return Answer(int(fault.kind), b"no")
        return await strike(connection, fault, answer)
