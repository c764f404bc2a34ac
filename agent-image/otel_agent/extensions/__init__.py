"""Extensions, one folder each."""
