"""Custom resources: pydantic models, defaults and conversion. Pure; the CRDs are generated from here."""
