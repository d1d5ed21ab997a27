"""What is told of requests: metrics, the access log, and the ids that tie both to a caller."""
