"""Parsers of one value each: functions from a value to a map. `EntryError` says what did not fit."""
