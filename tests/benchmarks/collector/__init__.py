"""`make bench`: this project's collector beside the Go collector, the same work on one core each, in turn."""
