"""Arguments for converters: text of the formats that they read, mostly right and often a little wrong."""
