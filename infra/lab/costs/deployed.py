"""The stack that is priced: what the template makes unless told otherwise."""

from lab.costs.single import Stack

MEMORY_MB = 256
MINUTES = 5
STACK = Stack(metrics=4, alarms=5, dashboards=1)
CONFIG = """timezone = "UTC"

[[budget]]
name = "Everything"
points = 1000000
period = "month"
alert_at = ["50%", "80%", "100%"]
"""
"""What is in force until somebody writes a config."""
