"""Bytes → `Layout`: where a file's top-level elements are. Nothing here changes or decodes a value."""
