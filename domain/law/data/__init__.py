"""The limits as the house brings them along."""
