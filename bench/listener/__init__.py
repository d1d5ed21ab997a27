"""
The bench of the listener, through its socket: beside others that do the same jobs, and beside itself.

`sides` measures servers in turns, `servers` says how each is started, `comparisons` what is compared, `standing` what a
server takes while it does nothing, `report` the figures with their goals.
"""
