"""Many accounts at once: the real function over simulated AWS, Poe and Slack, and what that takes."""
