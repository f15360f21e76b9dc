"""Tallies, their roll-up along the tree, charts, exports."""
