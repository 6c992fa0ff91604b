"""The JSON contract, one module per resource; nothing below `api/` imports it."""
