"""The Kubernetes API as components of the collector need it: read, list, watch. Nothing here writes.

`access` is what a client must know; `configured`, `kubeconfig` and `pod` are the ways to come by it. `client` asks, `resources`
says for what, `reflector` keeps a copy of what is behind one path, and `failures` says what went wrong with it.
"""
