"""The guide's manifest through its life; compose.yaml is its real-world example, which `tests/interop/test_guide.py` runs."""
