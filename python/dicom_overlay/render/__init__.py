"""Images with their overlay planes burned in, for people whose viewer draws no planes."""
