"""Bytes → `Layout`: where a file's top-level elements are. Values are neither changed nor decoded here."""
