"""A stand-in for S3: moto's server on a real socket, with faults by script before it.

A fault strikes requests of one method, so often as it was scripted for, and then is over.
"""

import io
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.request import Request, urlopen

import obstore
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from obstore.store import S3Store
from werkzeug.serving import WSGIRequestHandler, make_server

Kind: TypeAlias = Literal[
    "slow_down", "expired", "denied", "wrong_etag", "error_in_200", "lost", "hang", "short"
]
App: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]
ERRORS: dict[str, tuple[str, str]] = {
    "slow_down": ("503 Slow Down", "SlowDown"),
    "expired": ("400 Bad Request", "ExpiredToken"),
    "denied": ("403 Forbidden", "AccessDenied"),
    "error_in_200": ("200 OK", "InternalError"),
}


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Says nothing."""

    def connection_dropped(self, *_: Any) -> None:
        self.close_connection = True


@dataclass(slots=True)
class ObjectStoreStandIn:
    """`asked` has method and path of every request, in order.

    Moto's memory is one for the whole process, so each has a bucket of its own.
    """

    url: str = ""
    bucket: str = field(default_factory=lambda: f"pictures-{os.urandom(4).hex()}")
    asked: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, deque[tuple[Kind, float]]] = field(default_factory=dict)

    def script(self, method: str, *kinds: Kind, times: int = 1, value: float = 0.0) -> None:
        waiting = self.faults.setdefault(method, deque())
        waiting.extend([(kind, value) for kind in kinds] * times)

    @property
    def puts(self) -> list[str]:
        return [path for method, path in self.asked if method == "PUT"]

    def environ(self) -> dict[str, str]:
        """The variables that lead here."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": "standin",
            "AWS_SECRET_ACCESS_KEY": "standin-secret",
            "AWS_REGION": "us-east-1",
        }

    @property
    def store(self) -> str:
        """The setting that leads to a folder of the bucket."""
        return f"s3://{self.bucket}/limner"

    def keys(self) -> list[str]:
        return sorted(one["path"] for page in obstore.list(self._opened()) for one in page)

    def _opened(self) -> S3Store:
        return S3Store(
            self.bucket,
            endpoint=self.url,
            access_key_id="standin",
            secret_access_key="standin-secret",
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def make_bucket(self) -> None:
        signed = "AWS4-HMAC-SHA256 Credential=standin/20260101/us-east-1/s3/aws4_request"
        asked = Request(
            f"{self.url}/{self.bucket}", method="PUT", headers={"authorization": signed}
        )
        with urlopen(asked) as answer:
            assert answer.status == 200

    def wrapped(self, inner: App) -> App:
        def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.asked.append((method, path))
            waiting = self.faults.get(method)
            if not waiting or not path.startswith(f"/{self.bucket}"):
                return inner(environ, start)
            kind, value = waiting.popleft()
            return struck(kind, value, environ, start, inner)

        return app


def struck(
    kind: Kind, value: float, environ: dict[str, Any], start: Any, inner: App
) -> Iterable[bytes]:
    if kind == "hang":
        time.sleep(value)
        kind = "slow_down"
    if kind in ERRORS:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, code = ERRORS[kind]
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>no</Message></Error>'
        start(status, [("content-type", "application/xml"), ("content-length", str(len(body)))])
        return [body.encode()]
    if kind == "short":
        data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ = environ | {"wsgi.input": io.BytesIO(data[: len(data) // 2])}
        environ["CONTENT_LENGTH"] = str(len(data) // 2)
    answer, told = collected(inner, environ)
    if kind == "lost":
        raise ConnectionAbortedError("a test wants the answer lost")
    headers = [
        (name, '"00000000000000000000000000000000"' if name.lower() == "etag" else text)
        if kind == "wrong_etag"
        else (name, text)
        for name, text in told[1]
    ]
    start(told[0], headers)
    return [answer]


def collected(inner: App, environ: dict[str, Any]) -> tuple[bytes, tuple[str, Any]]:
    told: list[tuple[str, Any]] = []
    body = b"".join(inner(environ, lambda status, headers, *_: told.append((status, headers))))
    return body, told[0]


@contextmanager
def object_store() -> Iterator[ObjectStoreStandIn]:
    """A store with an empty bucket, gone behind the block."""
    standin = ObjectStoreStandIn()
    inner = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, standin.wrapped(inner), threaded=True, request_handler=Quiet
    )
    standin.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        standin.make_bucket()
        yield standin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
