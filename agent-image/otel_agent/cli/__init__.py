"""The command `otelcol`. Each command's module is imported when it is used, so that `--version` costs nothing."""
