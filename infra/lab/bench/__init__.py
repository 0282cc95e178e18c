"""What a tick costs, each figure as the ratio of two things measured in one run."""
