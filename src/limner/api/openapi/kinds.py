"""What an operation does, as far as its declaration tells: this decides what its answers have."""

from limner.api.operation import Operation
from limner.errors import JobTimeout

ADMINISTRATION = ("/v1/admin/", "/v1/providers/", "/metrics")


def creates(operation: Operation) -> bool:
    """It starts a job, waits for it, and may have to send its caller away."""
    return JobTimeout.status in operation.errors


def uploads(operation: Operation) -> bool:
    return operation.form is not None and not creates(operation)


def tells_of_job(operation: Operation) -> bool:
    return operation.path.endswith(("{job_id}", "{job_id}/cancel", "{job_id}/artifacts"))


def counts_files(operation: Operation) -> bool:
    return operation.path.startswith("/v1/files")


def administers(operation: Operation) -> bool:
    return operation.path.startswith(ADMINISTRATION)


def of_workspace(operation: Operation) -> bool:
    """It is asked with a key of a workspace, live or test."""
    return not operation.public and not administers(operation)


def names_model(operation: Operation) -> bool:
    return creates(operation) or "{slug}" in operation.path


def sends_bytes(operation: Operation) -> bool:
    """A download: whole, or one range of it."""
    return 206 in operation.others
