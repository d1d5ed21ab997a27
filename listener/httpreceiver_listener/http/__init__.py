"""HTTP's own rules, without a connection and without a receiver: doubtful heads, codings, framing, deadlines."""
