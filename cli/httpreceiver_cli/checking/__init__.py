"""
Cases: users' own files of requests and what must come of them, run and compared.

`case_files`, `decoding`, `observation` and `comparison` are pure. `session` runs a file against a `hosts.Host`: the
engine alone or the real listener; `report` and `junit` tell the results.
"""
