"""The Kubernetes API as components of the collector need it: read, list, watch. Nothing here writes.

`access` says where the API server is and who we are, `client` asks it, `reflector` keeps a copy of a kind's objects.
"""
