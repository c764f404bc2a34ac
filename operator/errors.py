"""The operator's own errors.

OperatorError
├── ConfigError          the user's object is wrong; retrying will not help until it changes
├── ApiError             the API server answered with an error, or could not be reached (kube/)
│   ├── NotFound, Conflict, Gone, Invalid
└── LostLease            another process leads now; this one must end
"""


class OperatorError(Exception):
    """Base of all errors that this package raises on purpose."""


class ConfigError(OperatorError):
    """The user's object cannot be reconciled; the message names field and remedy."""


class ApiError(OperatorError):
    """A request to the API server failed.

    `request` is the method and path, `status` the HTTP status (0: no answer at all), `reason` and `message` are
    those of the Status object in the answer.
    """

    def __init__(self, request: str, status: int, reason: str, message: str) -> None:
        super().__init__(f"{request}: {status} {reason}: {message}" if status else f"{request}: {reason}: {message}")
        self.request = request
        self.status = status
        self.reason = reason
        self.message = message


class NotFound(ApiError):
    """404: the object, or its kind, does not exist."""


class Conflict(ApiError):
    """409: already exists, a precondition failed, or another field manager owns a field."""


class Gone(ApiError):
    """410: the resource version or continue token is too old; list anew."""


class Invalid(ApiError):
    """422: the object breaks its schema or changes an immutable field."""


class LostLease(OperatorError):
    """Another process holds the Lease, or it could not be renewed in time."""
