"""Ticket agents: they sell for the airline and settle every 15 or 30 days, on the security of a deposit."""
