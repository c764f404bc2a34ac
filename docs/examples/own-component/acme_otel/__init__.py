"""Components of ACME for the collector."""
