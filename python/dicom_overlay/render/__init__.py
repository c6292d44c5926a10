"""Images with their overlay planes burned in, for viewers that do not show planes."""
