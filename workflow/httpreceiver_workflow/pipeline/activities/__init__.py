"""Activities: what is sent, and what becomes of the reply (contract 8, 10)."""
