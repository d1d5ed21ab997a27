"""
What a request costs: our listener and a hand-written handler doing the same job, side by side in one run.

    .venv/bin/python -m bench            # or: make bench

`job` says what is asked and answered, `handwritten` is the handler to compare with, `processes` starts and reads
servers, `load` sends the requests. `bench.engine` is a bench of its own, of the engine without a socket. How to read
both: docs/performance.md.
"""
