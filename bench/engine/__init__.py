"""
What the engine costs without a socket, each figure beside something that does the same job in the same run.

    .venv/bin/python -m bench.engine            # or: make bench-engine

`jobs` are workflows beside functions written by hand, `readers` our HL7 reading beside two libraries, `sizes` workflows
that grow, `timing` measures the sides in turns. How to read it: docs/performance.md.
"""
