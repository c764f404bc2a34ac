"""The conformance tests of h2spec against both ports of a running collector: `python -m tests.fuzz.h2spec`."""
