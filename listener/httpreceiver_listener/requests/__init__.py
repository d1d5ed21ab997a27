"""One connection, and each of its requests from the head to the answer; `runs` and `responder` put them together."""
