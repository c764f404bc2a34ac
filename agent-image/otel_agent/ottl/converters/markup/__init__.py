"""XML as converters see it: a tree that keeps what a document says, what XPath selects in it, and its text again."""
