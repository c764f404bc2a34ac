"""What a collector component means to Kubernetes: ports, probes, environment, config defaults and checks. Pure."""
