"""A database that is lost at a chosen moment: before it gets a write, or after it has done it."""

from limner.db.base import Database, DatabaseAway, Params, Row, Values, Write, Written


class Flaky:
    """The real database with one fault: the next write of a name loses its request or answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._faults: dict[str, str] = {}
        self.kind = database.kind
        self.report = database.report

    def lose(self, what: str, name: str) -> None:
        self._faults[name] = what

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        return await self._database.fetch(sql, params)

    async def write(self, write: Write, params: Params) -> Written:
        fault = self._faults.pop(write.name, "")
        if fault == "request":
            raise DatabaseAway("lost on the way there")
        written = await self._database.write(write, params)
        if fault == "answer":
            raise DatabaseAway("lost on the way back")
        return written

    async def close(self) -> None:
        await self._database.close()
