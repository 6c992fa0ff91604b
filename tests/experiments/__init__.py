"""Experiments on what limner promises: one module each, run by its number.

`make experiment E=E01` counts in full, on SQLite and on PostgreSQL; `make test` runs all of them
in short. A module `eNN.py` has:

- a docstring: its first line is `ENN, name: what it does`, the rest says what must hold;
- `ROUNDS` and `SHORT`, how much it counts in full and in `make test`;
- `async def experiment(run: Run) -> list[str]`, which gives a line for each breach, none when all
  is well. An assertion that fails is a breach too, and ends the run.

It may have `LIMIT_S`, the seconds a full run may take on one database (else an hour), and
`DATABASES`, the kinds it is for. `run.py` tells what a `Run` has: a number of rounds, chance made
from the seed, fresh databases, a folder. Whatever is left to chance comes from `run.chance(...)`,
so that the seed brings it back. Where servers run, it ends with `liveness.py`; rows and blobs are
audited by `tests.faults.invariants.breaches`.

A new kind of provider is a row of `upstreams.py` for E17, which tries every fault of
`fault_table.py` on it; what its wire has otherwise is said there under the name of the wire.
"""
