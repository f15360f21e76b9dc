"""How many were expected, present, excused. Knows nothing of who answered what."""
