"""What can go wrong while a cluster is brought up, told in words that say what to do next."""

from __future__ import annotations


class ClusterError(Exception):
    """A cluster could not be built, started, reached or stopped; the message names the part and the remedy."""


class BuildError(ClusterError):
    """A binary or an image could not be made."""


class ComponentError(ClusterError):
    """A component died or did not become ready; the message ends with the last lines of its log."""
