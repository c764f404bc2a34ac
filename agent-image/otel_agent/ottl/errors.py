"""What is wrong with a statement, found before it runs."""


class OttlError(ValueError):
    """A statement or condition that cannot be used; the text begins with the column of the mistake, counted from 1."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason
