"""Payables financing: what a buyer has approved is paid early, by a lender or out of its own pooled cash."""
