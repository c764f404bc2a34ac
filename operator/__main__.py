"""Lets `python -m otel_operator` run the command line."""  # noqa: A005 (the folder is imported as otel_operator)

import sys

from otel_operator.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
