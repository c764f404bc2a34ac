"""Says what goes wrong with the objects that are watched."""

from logging import Logger

from otel_agent.kube.errors import KubeError
from otel_agent.telemetry.instruments import Counter
from otel_agent.telemetry.sampling import Sampler

_LOG_SECONDS = 60.0


class FailureLog:
    """Counts failures, and writes of each kind for each path one line a minute. Call it as a reflector's `on_failure`."""

    def __init__(self, logger: Logger, failures: Counter) -> None:
        self._logger = logger
        self._failures = failures
        self._lines = Sampler(initial=1, thereafter=0, tick=_LOG_SECONDS)

    def __call__(self, error: KubeError) -> None:
        """Take one failure."""
        self._failures.add()
        if self._lines.admit((error.path, error.status)):
            extra = {"error": str(error)} | ({"remedy": error.remedy} if error.remedy else {})
            self._logger.warning("Objects of Kubernetes cannot be watched, those known before stay", extra=extra)
