"""Applying again changes nothing; deleting leaves nothing."""
