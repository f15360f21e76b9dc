"""What is asked, how it is marked, and what the marks of a group say.

Plain Python on the standard library: no web, no store, no clock, no disk, and no language.
What goes wrong is raised as a code with its values; the rooms above put it into words.
"""
