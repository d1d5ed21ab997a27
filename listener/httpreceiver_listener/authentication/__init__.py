"""
`spec.auth`: who may call a receiver, beside what its workflow asks for. One file per kind, behind `verdicts.Check`.

Checks are compiled when a receiver is loaded (`compile`) and asked with the head of a request alone, before a byte of
its body is read. Only a signature waits for the body; its shape and its time are checked before. Every comparison of a
secret is one of digests of equal length.
"""
