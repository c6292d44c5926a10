"""Bytes → `Layout`: where a file's top-level elements stand. Nothing here changes or decodes a value."""
