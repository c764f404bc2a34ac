"""What a collector's configuration means to Kubernetes: ports, probes, environment, defaults and what is wrong with it."""
