"""JSON as people read it: short things on one line, long ones one a line."""

import json

ROOM = 72


def pretty(value: object, indent: int = 0, room: int = ROOM) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(flat) + indent <= room:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        lines = [
            f"{json.dumps(name)}: {pretty(one, indent + 2, room - len(name) - 4)}"
            for name, one in value.items()
        ]
        return f"{{\n{pad}" + f",\n{pad}".join(lines) + f"\n{' ' * indent}}}"
    lines = [pretty(one, indent + 2, room) for one in value]
    return f"[\n{pad}" + f",\n{pad}".join(lines) + f"\n{' ' * indent}]"
