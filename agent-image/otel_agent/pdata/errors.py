"""The one error of this package, apart so that everything below the engine can raise it."""


class InvalidTelemetry(ValueError):
    """The bytes are not a well-formed export request; the message says where it can."""
