"""Links in answers are absolute and open without a key; this finds the address they begin with."""

import re

from limner.api.asgi import Scope, header

HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def base_url(scope: Scope, public_url: str) -> str:
    """How clients reach this server: as configured, else as this request reached it."""
    if public_url:
        return public_url.rstrip("/")
    host = header(scope, b"host") or ""
    if HOST.fullmatch(host):
        return f"{scope['scheme']}://{host}"
    address, port = scope["server"]
    return f"{scope['scheme']}://{address}:{port}"
