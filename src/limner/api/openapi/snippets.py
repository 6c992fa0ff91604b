"""Requests of the sheets as commands: `curl` for a shell, and Python."""

import json
import shlex
from urllib.parse import quote, urlencode

from limner.api.openapi import kinds
from limner.api.openapi.sheets import Request, sheet
from limner.api.operation import Operation
from limner.web.openapi import Snippet

ADDRESS = "http://127.0.0.1:8000"
KEY, ADMIN_KEY = "INFERY_API_KEY", "LIMNER_ADMIN_KEY"
PATIENCE_S = 330
"""More than a server waits unless it was told otherwise."""


def snippets(operation: Operation) -> list[Snippet]:
    """Two for each request to try."""
    requests = sheet(operation.name).requests or [Request(title=operation.summary)]
    return [
        Snippet(lang=lang, label=one.title, source=write(operation, one))
        for one in requests
        for lang, write in (("sh", curl), ("python", python))
    ]


def url(operation: Operation, request: Request) -> str:
    path = operation.path
    for name, value in request.path.items():
        path = path.replace(f"{{{name}}}", quote(value))
    return ADDRESS + path + (f"?{urlencode(request.query)}" if request.query else "")


def key_of(operation: Operation) -> str | None:
    if operation.public:
        return None
    return ADMIN_KEY if kinds.administers(operation) else KEY


def curl(operation: Operation, request: Request) -> str:
    words = [f"curl {shlex.quote(url(operation, request))}"]
    implied = "POST" if request.body or request.form else "GET"
    if operation.method != implied:
        words.append(f"-X {operation.method}")
    if streams(request):
        words.append("--no-buffer")
    if operation.answer is None and operation.content_type.endswith("*"):
        words.append("-O -J" if kinds.counts_files(operation) else "-O")
    if key := key_of(operation):
        words.append(f'-H "Authorization: Bearer ${key}"')
    words += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    words += [f"-F {shlex.quote(f'{name}={value}')}" for name, value in request.form.items()]
    if request.body:
        words.append(f"-H 'Content-Type: application/json' -d {shlex.quote(request.body.strip())}")
    return " \\\n  ".join(words)


def streams(request: Request) -> bool:
    return '"stream": true' in request.body or request.query.get("stream") == "true"


def python(operation: Operation, request: Request) -> str:
    if request.python:
        return request.python.strip()
    key = key_of(operation)
    lines = [f'"{url(operation, request)}"', *asked(request, key)]
    if kinds.creates(operation):
        lines.append(f"timeout={PATIENCE_S}")
    call = "".join(f"    {line},\n" for line in lines)
    method = operation.method.lower()
    own = [*(["import os"] if key else []), *(["from pathlib import Path"] if request.form else [])]
    imports = "\n".join([*own, "", "import httpx"]) if own else "import httpx"
    return (
        f"{imports}\n\nanswer = httpx.{method}(\n{call})\n"
        f"answer.raise_for_status()\nprint({said(operation, request)})"
    )


def said(operation: Operation, request: Request) -> str:
    """The answer as Python shows it best."""
    if streams(request):
        return "answer.text"
    is_json = operation.content_type == "application/json"
    return "answer.json()" if is_json else "len(answer.content)"


def asked(request: Request, key: str | None) -> list[str]:
    """The arguments of the call, one a line."""
    headers = [f'"Authorization": f"Bearer {{os.environ[\'{key}\']}}"'] if key else []
    headers += [f"{literal(name)}: {literal(value)}" for name, value in request.headers.items()]
    lines = [f"headers={{{', '.join(headers)}}}"] if headers else []
    if request.body:
        lines.append(f"json={json.loads(request.body)!r}")
    parts = {name: value for name, value in request.form.items() if value[:1] != "@"}
    named = {name: value[1:] for name, value in request.form.items() if value[:1] == "@"}
    lines += [f"data={parts!r}"] if parts else []
    read = [
        f"{literal(name)}: ({literal(at)}, Path({literal(at)}).read_bytes())"
        for name, at in named.items()
    ]
    return lines + ([f"files={{{', '.join(read)}}}"] if read else [])


def literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
