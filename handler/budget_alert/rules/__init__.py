"""What is to be told: budgets judged by the usage, and troubles by what a tick has seen."""
