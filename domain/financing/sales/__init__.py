"""Advances repaid out of sales (R15): quoted, agreed, paid out, collected day by day, and earned as they are."""
