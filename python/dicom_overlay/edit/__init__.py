"""Layout + request → plan: pure functions that say what an edit changes."""
