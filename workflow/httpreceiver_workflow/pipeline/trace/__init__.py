"""Traces: what a run did, told event by event to whoever asked for it."""
