"""The guide's manifest through its life; `tests/interop/test_guide.py` runs its real-world example, the top-level compose.yaml."""
