"""SQL of the providers an operator has configured, and of versions of prices."""

from limner.db.base import Statement, Write

PROVIDERS = """
    SELECT name, kind, base_url, api_key_env, sealed_key, serves, options FROM provider
    ORDER BY name
"""

ADD_PROVIDER = Write(
    "add_provider",
    (
        Statement(
            """
            INSERT INTO provider (name, kind, base_url, api_key_env, sealed_key, serves, options,
                                  created_at)
            VALUES (:name, :kind, :base_url, :api_key_env, :sealed_key, :serves, :options, NOW_US())
            ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, base_url = excluded.base_url,
                api_key_env = excluded.api_key_env, sealed_key = excluded.sealed_key,
                serves = excluded.serves, options = excluded.options
            """
        ),
    ),
)

KEEP_PRICE = Write(
    "keep_price",
    (
        Statement(
            """
            INSERT INTO price (version, model, content, created_at)
            VALUES (:version, :model, :content, NOW_US()) ON CONFLICT (version) DO NOTHING
            """
        ),
    ),
)
PRICE = "SELECT content FROM price WHERE version = :version"

REMOVE_PROVIDER = Write(
    "remove_provider",
    (Statement("DELETE FROM provider WHERE name = :name RETURNING name", refusal="unknown"),),
)
"""The only rows that are deleted: a configuration is no record of anything."""
