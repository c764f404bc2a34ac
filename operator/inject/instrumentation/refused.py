"""How injection into a container, or of a language, is given up; caught within this package."""

from otel_operator.errors import OperatorError


class Refused(OperatorError):
    """A container, or a language, is left as it was; nothing half done remains, since pods are copied and not changed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
