"""Overlay planes: their values, attributes, bits and texts."""
