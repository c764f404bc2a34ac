"""What OTLP metrics are in Prometheus' terms: names, labels and formats. Pure; shared by whatever speaks Prometheus."""
