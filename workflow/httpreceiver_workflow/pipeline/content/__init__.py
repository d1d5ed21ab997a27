"""What a message carries: its bytes as text, its media type, its parts (the word is RFC 9110's)."""
