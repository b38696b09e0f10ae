"""Published rates, as the house brings them along; a tenant's own rows are added to them."""
