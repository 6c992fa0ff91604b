"""The command line: the server, clients of its public API, and administration of local data."""
