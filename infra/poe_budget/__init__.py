"""How the budget alert is operated and tried out: nothing in here ships to Lambda."""
