"""Builds the project's container images with Docker, Podman or Buildah, once for the same inputs."""
