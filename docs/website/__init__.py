"""The documentation site: which pages it has, in which order, and how they are built and checked."""
