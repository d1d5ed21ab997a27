"""
What a request costs: our listener beside hand-written handlers and other servers that do the same jobs, in one run.

    make bench                                   # installs the other servers, then: .venv/bin/python -m bench

`job` and `admission` say what is asked and answered, `handwritten` and `peers` do it too, `load` sends the requests,
`processes` starts and reads servers, `listener` compares them. `bench.engine` is a bench of its own, of the engine
without a socket; `bench.soak` judges a long run. How to read all of it: docs/performance.md.
"""
