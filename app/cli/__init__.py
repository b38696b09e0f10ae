"""The command line: `tributary …`."""
