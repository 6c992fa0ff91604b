"""A database belongs to the secret that hashed its keys: with another one, no key would work."""

from limner.accounts import store
from limner.db.base import Database
from limner.errors import ConfigError
from limner.vault import Vault


async def check_belonging(database: Database, vault: Vault) -> None:
    """Note whose a new database is. Raises ConfigError for one of another secret."""
    rows = await database.fetch(store.SECRET)
    if not rows:
        await database.write(store.OWN_SECRET, {"fingerprint": vault.fingerprint})
        rows = await database.fetch(store.SECRET)
    if rows[0][0] != vault.fingerprint:
        raise ConfigError(
            "the database was made with another secret, so none of its keys would work. Bring "
            "back that secret, as LIMNER_SECRET or as the file `secret` in the data folder"
        )
