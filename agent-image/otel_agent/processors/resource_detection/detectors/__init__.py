"""Detectors by what they ask: the environment, the host, a daemon, the cluster, a cloud's metadata service."""
