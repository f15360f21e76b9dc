"""The tree of organisations: dated names and parents, headcounts, import from a list."""
