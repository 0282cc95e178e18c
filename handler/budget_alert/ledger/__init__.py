"""What is remembered between two ticks: the DynamoDB table."""
