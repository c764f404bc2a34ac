"""The engine: builds the graph of components from a configuration and runs its lifecycle."""
