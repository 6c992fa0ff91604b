// What a client threw, in JSON: its class, what the class tells, and what it is made of.

export function toldError(error) {
  return {
    kind: error.constructor.name,
    name: error.name,
    message: error.message,
    status: error.status ?? error.statusCode,
    code: error.code,
    param: error.param,
    type: error.type,
    request_id: error.requestID,
    body: error.error ?? parsed(error.responseBody),
    retryable: error.isRetryable,
    reason: error.reason,
    errors: error.errors?.map(toldError),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
