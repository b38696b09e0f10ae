"""By what right money is collected: mandates, and later the plans and dues of entrusted collection."""
