"""Fixtures for every test folder, which pytest allows only here at the root, and Hypothesis without a clock."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["kube_fixtures"]

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
