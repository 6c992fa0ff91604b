"""Forms of uploads by hand, for what no client would send."""

from collections.abc import Sequence

BOUNDARY = "a-boundary-of-tests"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, data: bytes, filename: str | None = None, *headers: str) -> bytes:
    named = f'content-disposition: form-data; name="{name}"'
    named += "" if filename is None else f'; filename="{filename}"'
    return "\r\n".join([named, *headers, "", ""]).encode() + data


def form(parts: Sequence[bytes], end: str = "--") -> bytes:
    """The parts with boundaries around; without `end` the closing one is missing."""
    opening = f"--{BOUNDARY}\r\n".encode()
    whole = b"".join(opening + one + b"\r\n" for one in parts)
    return whole + (f"--{BOUNDARY}{end}\r\n".encode() if end else b"")
