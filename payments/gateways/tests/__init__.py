"""Tests of the guard and the registry, and the suite that every adapter passes."""

import pytest

# The suite is not named test_*, and yet its assertions should say what they compared.
pytest.register_assert_rewrite("payments.gateways.tests.conformance")
