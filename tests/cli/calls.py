"""Plain HTTP calls to a running limner, each on a connection of its own."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

GENERATIONS = "/v1/images/generations"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


def call(url: str, key: str, path: str, body: object = None) -> Answer:
    """POST where there is a body, else GET."""
    place = urlsplit(url)
    assert place.hostname is not None
    with closing(http.client.HTTPConnection(place.hostname, place.port, timeout=60)) as connection:
        connection.request(
            "GET" if body is None else "POST",
            path,
            None if body is None else json.dumps(body),
            {"authorization": f"Bearer {key}", "content-type": "application/json"},
        )
        reply = connection.getresponse()
        text = reply.read()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, headers, json.loads(text) if text else None)


def draw(url: str, key: str, prompt: str = "a red circle", **more: object) -> Answer:
    return call(url, key, GENERATIONS, {"model": "dall-e-3", "prompt": prompt, **more})


def eventually(seen: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < give_up, f"still not: {what}"
        time.sleep(0.05)


def has_work(url: str, key: str) -> bool:
    """Whether credits of the key's workspace are held, as they are while a job runs."""
    return bool(call(url, key, "/v1/credits").body["held"])
