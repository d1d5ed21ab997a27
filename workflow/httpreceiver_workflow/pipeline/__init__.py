"""
What a request does, compiled once: `compiler` makes the pipeline, `runner` runs it, `effects` is what goes in and out.

The rooms are its stages: `content`, `expressions`, `filters`, `transforms`, `activities`, `responses`. What they share
stands beside them: `exchange` is the state of one request, `scope` that of one compilation; `variables`, `templates`
and `bindings` are the ways to a value. `lint-imports` keeps the order in which they know each other.
"""
