"""The one place that states the version; the wheel's metadata is read from here (level 0)."""

__version__ = "0.1.0"
