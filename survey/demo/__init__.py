"""Demo data, built through the same operations that people use."""
