"""The webhook's own certificate: issued, kept in a Secret, trusted through caBundle and renewed while serving."""
