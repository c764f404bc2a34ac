"""Manager and API server fail while work is under way."""
