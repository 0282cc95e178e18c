"""Is all well? Everything is looked at first, as plain values, and then each check says a line of them."""
