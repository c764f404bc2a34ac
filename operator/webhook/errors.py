"""Errors of the webhook program."""

from otel_operator.errors import OperatorError


class ReviewError(OperatorError):
    """The request is not a review that this program can answer; the sender gets 400 and the message."""


class CertificateError(OperatorError):
    """Certificate or key cannot be used; the message says which one and why."""
