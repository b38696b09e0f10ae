"""Instructions, bank files, channels, statements: how money leaves and what the bank says about it."""
