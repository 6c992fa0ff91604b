"""Every refusal limner can give, each with its HTTP status, its code and a message to act on.

LimnerError
├── InvalidParams              400 validation_failed (names the parameter)
├── ModelNotSupported          400 model_not_supported
├── ImageNotSupported          400 image_not_supported_by_model
├── ContentPolicyViolation     400 content_policy_violation
├── UnsupportedMime            400 unsupported_mime
├── ImageUrlRequired           400 image_url_required
├── UnsafeImageUrl             400 unsafe_image_url
├── UnsafeWebhookUrl           400 unsafe_webhook_url
├── InvalidApiKey              401 invalid_api_key
├── InsufficientCredits        402 insufficient_credits
├── BudgetExceeded             402 budget_exceeded
├── Forbidden                  403 forbidden
├── RateLimited                403 rate_limit_exceeded (or 429, by a setting)
├── ConcurrentRunLimitReached  403 concurrent_run_limit_reached
├── NotFound                   404 not_found
│   └── ModelNotFound          404 model_not_found
├── MethodNotAllowed           405 method_not_allowed
├── Conflict                   409 conflict
│   ├── JobCancelled           409 cancelled
│   ├── UploadInProgress       409 upload_in_progress
│   ├── IdempotencyInProgress  409 idempotency_in_progress (carries the id of the job that runs)
│   └── IdempotencyMismatch    409 idempotency_mismatch
├── ModelRetired               410 model_retired
├── BodyTooLarge               413 file_too_large
├── StorageQuotaExceeded       413 storage_quota_exceeded
├── FileQuotaExceeded          413 file_quota_exceeded
├── RangeNotSatisfiable        416 range_not_satisfiable
├── InternalError              500 internal_error
│   └── ArtifactUnreadable     500 artifact_unreadable (carries the id of the job)
├── ProviderFailed             502 provider_error
├── ServiceUnavailable         503 service_unavailable
│   └── StorageUnavailable     503 storage_unavailable
└── JobTimeout                 504 job_timeout (carries the id of a job that can be collected)

An error raised before a job was accepted has cost nothing. `retryable` says whether the very same
request may be sent again; it becomes the header `x-should-retry`.
"""


class LimnerError(Exception):
    """A refusal with a wire form: `{"error": {"message", "type", "code", "param"}}`."""

    status = 500
    code = "internal_error"
    type = "server_error"
    other_types: tuple[str, ...] = ()
    """What `type` is instead for some of those who are refused with it."""
    retryable: bool | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """What an answer with this error says beside it."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
        job_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after = retry_after
        self.job_id = job_id


PAYMENT_REQUIRED = "payment_required"
"""The type where nothing at all is left, so that only what is free passes until that changes."""


def paused(error: LimnerError) -> LimnerError:
    """A refusal of whoever has nothing left at all."""
    error.type = PAYMENT_REQUIRED
    return error


class InvalidParams(LimnerError):
    status, code, type = 400, "validation_failed", "invalid_request_error"


class ModelNotSupported(LimnerError):
    status, code, type = 400, "model_not_supported", "invalid_request_error"


class ImageNotSupported(LimnerError):
    status, code, type = 400, "image_not_supported_by_model", "invalid_request_error"


class ContentPolicyViolation(LimnerError):
    status, code, type = 400, "content_policy_violation", "invalid_request_error"


class UnsupportedMime(LimnerError):
    status, code, type = 400, "unsupported_mime", "invalid_request_error"


class ImageUrlRequired(LimnerError):
    status, code, type = 400, "image_url_required", "invalid_request_error"


class UnsafeImageUrl(LimnerError):
    status, code, type = 400, "unsafe_image_url", "invalid_request_error"


class UnsafeWebhookUrl(LimnerError):
    status, code, type = 400, "unsafe_webhook_url", "invalid_request_error"


class InvalidApiKey(LimnerError):
    status, code, type = 401, "invalid_api_key", "invalid_request_error"


class InsufficientCredits(LimnerError):
    status, code, type = 402, "insufficient_credits", "insufficient_credits_error"
    other_types = (PAYMENT_REQUIRED,)


class BudgetExceeded(LimnerError):
    status, code, type = 402, "budget_exceeded", "insufficient_credits_error"
    other_types = (PAYMENT_REQUIRED,)


class Forbidden(LimnerError):
    status, code, type = 403, "forbidden", "permission_error"


class RateLimited(LimnerError):
    status, code, type = 403, "rate_limit_exceeded", "rate_limit_error"
    retryable = True


class ConcurrentRunLimitReached(LimnerError):
    status, code, type = 403, "concurrent_run_limit_reached", "rate_limit_error"


class NotFound(LimnerError):
    status, code, type = 404, "not_found", "not_found_error"


class ModelNotFound(NotFound):
    code = "model_not_found"


class MethodNotAllowed(LimnerError):
    status, code, type = 405, "method_not_allowed", "invalid_request_error"


class Conflict(LimnerError):
    status, code, type = 409, "conflict", "conflict_error"
    retryable = False


class JobCancelled(Conflict):
    code = "cancelled"


class UploadInProgress(Conflict):
    code = "upload_in_progress"
    retryable = True


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"


class ModelRetired(LimnerError):
    status, code, type = 410, "model_retired", "invalid_request_error"


class BodyTooLarge(LimnerError):
    status, code, type = 413, "file_too_large", "invalid_request_error"


class StorageQuotaExceeded(LimnerError):
    status, code, type = 413, "storage_quota_exceeded", "invalid_request_error"


class FileQuotaExceeded(LimnerError):
    status, code, type = 413, "file_quota_exceeded", "invalid_request_error"


class RangeNotSatisfiable(LimnerError):
    status, code, type = 416, "range_not_satisfiable", "invalid_request_error"


class InternalError(LimnerError):
    retryable = False


class ArtifactUnreadable(InternalError):
    code = "artifact_unreadable"


class ProviderFailed(LimnerError):
    status, code, type = 502, "provider_error", "provider_error"
    retryable = False


class ServiceUnavailable(LimnerError):
    status, code, type = 503, "service_unavailable", "server_error"
    retryable = False


class StorageUnavailable(ServiceUnavailable):
    code = "storage_unavailable"


class JobTimeout(LimnerError):
    status, code, type = 504, "job_timeout", "timeout_error"
    retryable = False


class ConfigError(Exception):
    """The operator's configuration or catalog is wrong; names the file and the field."""
