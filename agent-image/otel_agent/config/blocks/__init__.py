"""Configuration blocks that several components share. Schemas only; their run-time halves live with the engine."""
