"""
Several processes that serve the same ports: `httpreceiver serve --workers N`.

The *parent* binds every port once per worker and plans; each *worker* is a process with a `Listener` of its own, which
the kernel gives its share of the connections (SO_REUSEPORT). The parent keeps its end of every socket, so that a worker
that dies loses what was in flight on it and nothing else: new connections wait for its successor.

`channel` is what the two say to each other, `worker` the process, `slot` the parent's view of one worker and its
successors, `ports` the sockets, `merging` how what the workers tell becomes one, `workers` all together.
"""
