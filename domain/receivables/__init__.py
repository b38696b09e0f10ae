"""The asset: invoices registered, verified, confirmed by their debtor, and never pledged twice."""
