"""
One request recorded in full, because its caller asked for it by header and may.

`tokens` says who may, `debugger` which requests are recorded and how, `record` what is logged of one.
"""
