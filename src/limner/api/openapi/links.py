"""Which answers lead to which operations: by the id of what was made or listed, or of a job."""

from collections.abc import Sequence

from limner.api.openapi import kinds
from limner.api.operation import Operation
from limner.web.openapi import Link

MADE = "$response.body#/id"
FIRST = "$response.body#/data/0/id"
JOB_HEADER = "$response.header.x-job-id"
JOB_IN_ERROR = "$response.body#/error/job_id"
CARRIES_JOB = (409, 500, 504)
"""Statuses whose errors may carry the id of a job that can be collected."""


def links(operation: Operation, status: int, others: Sequence[Operation]) -> dict[str, Link]:
    if kinds.creates(operation):
        where = JOB_IN_ERROR if status in CARRIES_JOB else JOB_HEADER
        reading = [one for one in others if kinds.tells_of_job(one)]
        return joined(reading, where) if status < 300 or status in CARRIES_JOB else {}
    if status >= 300:
        return {}
    where = MADE if operation.method == "POST" else FIRST
    return joined([one for one in others if inside(one, operation)], where)


def inside(one: Operation, collection: Operation) -> bool:
    """Whether an operation is about one thing of a collection: `/files/{file_id}` of `/files`."""
    return one.path.startswith(f"{collection.path}/{{")


def joined(operations: Sequence[Operation], where: str) -> dict[str, Link]:
    return {
        one.name: Link(
            operation_id=one.name,
            parameters={parameter(one): where},
            description=one.summary,
        )
        for one in operations
    }


def parameter(operation: Operation) -> str:
    """The name of the first part of a path that varies."""
    return operation.path.partition("{")[2].partition("}")[0]
