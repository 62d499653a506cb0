"""Settings of pytest for this model's framework."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # As app/predictor.py says: it was trained on a named table and is given an array.
    config.addinivalue_line("filterwarnings", "ignore:X does not have valid feature names")
