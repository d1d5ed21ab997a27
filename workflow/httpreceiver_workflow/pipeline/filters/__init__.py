"""Filters: which messages go on (contract 4)."""
