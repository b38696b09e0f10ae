"""The clockwork: what runs when, and that it ran."""
