"""Resolutions and their clauses, the item bank, drafts, published editions."""
