"""What the business means."""
