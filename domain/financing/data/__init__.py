"""Published rates and limits of the law, as the house brings them along; a tenant's own rows are added to them."""
