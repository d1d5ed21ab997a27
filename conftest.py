"""Fixtures for every test folder; pytest allows the list of plugins only here, at the root."""

pytest_plugins = ["kube_fixtures"]
