"""What the business counts with: money, rates, days, states, refusals. Pure: imports nothing of ours."""
