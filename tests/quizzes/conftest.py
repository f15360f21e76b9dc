"""Settings of the generated tests."""

from hypothesis import settings

# A generated case is never failed for being slow: the machine may be busy with something else.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
