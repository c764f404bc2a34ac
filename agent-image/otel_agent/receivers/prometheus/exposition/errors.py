"""Why what a target exposes was not taken. Each fails the whole scrape, as in Prometheus."""


class ExpositionError(Exception):
    """The body is not in the format that it says, or breaks a limit."""


class SampleLimitError(ExpositionError):
    """More samples than sample_limit allows."""


class LabelLimitError(ExpositionError):
    """More, or longer, labels than the label limits allow."""
