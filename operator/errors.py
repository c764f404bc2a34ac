"""The operator's own errors.

OperatorError
├── ConfigError          the user's object is wrong; retrying will not help until it changes
├── ApiError             the API server answered with an error (kube/)
│   ├── NotFound, Conflict, Gone, Invalid
└── LostLease            another process leads now; this one must end
"""


class OperatorError(Exception):
    """Base of all errors that this package raises on purpose."""


class ConfigError(OperatorError):
    """The user's object cannot be reconciled; the message names field and remedy."""
