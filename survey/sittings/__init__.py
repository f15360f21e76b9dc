"""Conferences and their halls, cells' checks; opening and closing; doors and their posters."""
