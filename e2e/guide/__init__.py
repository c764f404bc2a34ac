"""The guide's manifest through its life."""
