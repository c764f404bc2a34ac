"""Pure pod mutation: sidecar and auto-instrumentation (a later issue fills it)."""
