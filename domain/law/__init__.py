"""Dated limits of law and supervision, one source for whoever checks against them."""
