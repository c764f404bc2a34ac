"""Answers the one question the operator asks: what is wrong with this configuration."""
