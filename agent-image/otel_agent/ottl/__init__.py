"""The OpenTelemetry Transformation Language: statements and conditions over telemetry, parsed at start and run for every item."""
