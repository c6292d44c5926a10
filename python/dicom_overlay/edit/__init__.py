"""Layout + request → plan: plain functions of values that say what an edit changes."""
