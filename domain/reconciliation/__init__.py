"""Statements against the books: matched, recognised, or shown to a person; and cash agreed to the cent."""
