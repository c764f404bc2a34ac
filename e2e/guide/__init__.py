"""The guide's manifest through its life; `tests/interop/test_guide.py` runs its real-world example, the compose.yaml."""
