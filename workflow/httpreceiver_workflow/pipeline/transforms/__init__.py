"""Transformers: what is changed in the messages, action by action (contract 5)."""
