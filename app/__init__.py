"""The outside: what people and programs talk to."""
