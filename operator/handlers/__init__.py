"""The Kopf shell; the only package that imports kopf."""
