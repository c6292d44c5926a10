"""An overlay plane as a value, its attributes, its bits and its texts."""
