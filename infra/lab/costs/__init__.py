"""What a deployment costs a month: measured use, times the public prices of AWS."""
