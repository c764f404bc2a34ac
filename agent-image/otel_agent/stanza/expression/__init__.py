"""The expressions of operators (`if`, `expr`, `EXPR(...)`): the part of expr-lang that log pipelines use."""
