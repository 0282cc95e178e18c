from poe_budget.suggest.levels import rarely_enough


def test_the_lowest_level_that_is_quiet_enough() -> None:
    """Or the highest there is, where none is."""
    assert rarely_enough({10: 9, 20: 3, 50: 3, 100: 0}, 3.5) == 20
    assert rarely_enough({10: 9, 20: 3}, 1) == 20
