"""Responses: the workflow's own in seven modes, and what an HttpReceiver puts in their place (contract 9)."""
