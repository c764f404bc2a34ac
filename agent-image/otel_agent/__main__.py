"""`python -m otel_agent` is `otelcol`."""

import sys

from otel_agent.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
