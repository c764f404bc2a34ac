"""Brings a Kubernetes cluster up for tests and the demo, and takes it down without leaving a trace."""
