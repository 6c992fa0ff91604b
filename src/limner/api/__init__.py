"""The HTTP edge: routes parse, call and answer; nothing below this room knows about serving."""
