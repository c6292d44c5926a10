"""A command over many files: find them, run in parallel, remember what was done."""
