"""Log lines and the level from which on they are written."""

import pytest

from otel_operator.cli import log_format
from otel_operator.errors import ConfigError


def test_a_level_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="--log-level loud: must be debug, info, warning or error"):
        log_format.configure("loud")
