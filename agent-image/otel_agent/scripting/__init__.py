"""Telemetry for people's own Python code: spans, records and points as plain objects, and a process in which such code runs.

    def process(batch):
        for span in batch.spans:
            if span.name == "GET /health":
                span.drop()
            span.attributes["region"] = batch.settings["region"]

`batch` and `items` are the API; `script` loads the code and applies it to a request; `host` and `process` are the two ends of the
process that it runs in.
"""
