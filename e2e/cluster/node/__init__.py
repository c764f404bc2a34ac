"""A whole one-node Kubernetes inside its own mount, network, pid and UTS namespaces, without Docker."""
