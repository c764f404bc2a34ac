"""The status of Instrumentations: whose pods they are in, which of these are outdated; upgrades and restarts."""
