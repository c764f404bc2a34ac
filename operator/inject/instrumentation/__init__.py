"""Auto-instrumentation of pods: agents of each language, and the environment of the OpenTelemetry SDKs."""
