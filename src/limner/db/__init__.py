"""One small interface to two databases: SQLite in the process, PostgreSQL beside it."""
