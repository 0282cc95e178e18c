"""How good the forecasts are: replayed over many windows, beside two simple ways to tell."""
