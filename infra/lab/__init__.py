"""What is measured: what the function costs, how it grows, how its forecasts fare. It is not installed."""
