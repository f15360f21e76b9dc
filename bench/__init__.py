"""The bench: whole journeys of phones over real sockets against the real server.

`python -m bench --help`, or `make bench`; what the figures mean is in docs/performance.md.
"""
