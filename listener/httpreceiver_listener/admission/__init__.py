"""Whether a request may begin: whose address counts, at what rate, how many at once, and for how long."""
