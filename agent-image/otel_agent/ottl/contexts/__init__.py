"""The contexts of statements: which paths and symbols each of them has."""
