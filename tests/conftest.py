"""What all tests share."""

from hypothesis import settings

# The same examples each time, and no limit on how slow a busy machine may be: a test must not depend on luck.
settings.register_profile("progressd", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("progressd")
