"""Reads what targets expose: text 0.0.4, OpenMetrics 1.0 and the protobuf format."""
