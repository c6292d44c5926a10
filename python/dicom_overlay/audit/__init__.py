"""The independent judge: what differs between two files. Shares no code with `scan`."""
