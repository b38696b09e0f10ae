"""Taking back what was collected wrongly or paid in error: recalls, reversals, refunds; and finding over-debits."""
