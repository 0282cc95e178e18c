"""Pages of usage -> slots, days and gaps: what was spent, and what is still unread."""
