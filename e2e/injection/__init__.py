"""Annotated applications that know nothing of OpenTelemetry are instrumented in their pods."""
