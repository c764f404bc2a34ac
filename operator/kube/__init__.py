"""The Kubernetes API: client verbs over plain dicts, Lease, Events."""
