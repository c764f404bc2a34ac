"""Malformed AdmissionReviews to the pod webhook, which keeps no pod from starting: `python -m tests.fuzz.webhook --help`."""
