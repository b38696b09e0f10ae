"""Plan, digest, approve: one person proposes exactly this, another decides on exactly this."""
