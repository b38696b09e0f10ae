"""HQ, branches, suppliers, agents, debtors, lenders, payees; and the bank accounts money goes to and comes from."""
