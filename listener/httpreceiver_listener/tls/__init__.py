"""The TLS of a port: certificates on disk, contexts, handshakes."""
