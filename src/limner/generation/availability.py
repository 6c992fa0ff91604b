"""Whether a live key could draw with a model now, as far as can be known without asking anybody."""

from typing import Literal, TypeAlias

from limner.catalog.load import Catalog
from limner.catalog.model import Model
from limner.errors import ModelNotSupported, ModelRetired
from limner.generation.choice import check_task, standing_in, tasks_of
from limner.generation.connections import Connections

Availability: TypeAlias = Literal["live", "aliased", "test_only", "retired", "not_served"]
"""`aliased`: another model answers for it. `test_only`: it has no provider here. `not_served`: the
model that should answer for it does something else."""


async def availability(model: Model, catalog: Catalog, connections: Connections) -> Availability:
    """What a live key that may use the model would meet."""
    try:
        answering = model
        if model.status == "retired":
            answering = await standing_in(model, catalog, connections)
            check_task(answering, tasks_of(model)[0])
    except ModelNotSupported:
        return "not_served"
    except ModelRetired:
        return "retired"
    if not await connections.has_place(answering):
        return "test_only"
    return "live" if answering is model else "aliased"
