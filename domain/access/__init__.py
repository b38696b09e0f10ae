"""Tenants, people, roles and API keys: who may do what, and how they prove to be who they are."""
