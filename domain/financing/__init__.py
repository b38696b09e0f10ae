"""The money lent on receivables: facilities, offers, advances, accrual, repayment, release."""
