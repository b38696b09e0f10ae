"""Scheduled runs: gather what is due, freeze it, have it approved, send it, record what the bank says, try again."""
