"""The only writer of balances: accounts, transfers, holds, statements, on double entry."""
