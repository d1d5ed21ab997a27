"""
The jobs on other HTTP stacks of Python, each in the environment that `make bench-peers` makes for them.

They are run by that environment's Python, so they import nothing of ours.
"""
