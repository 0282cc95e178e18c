"""What every test runs under."""

from hypothesis import settings

pytest_plugins = ["tests.services.fixtures"]

# A machine under load is slow, not wrong: only the length of a search is bounded, never its time.
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")
