"""What the tests of the page that mean no good have of those that do: the browser, and its patience."""

from tests.web.conftest import browser

__all__ = ["browser"]
