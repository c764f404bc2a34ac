"""Nothing is lost or doubled on the way through agent and gateway."""
