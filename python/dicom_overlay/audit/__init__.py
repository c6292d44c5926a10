"""Compare two files independently: this package shares no code with `scan`."""
