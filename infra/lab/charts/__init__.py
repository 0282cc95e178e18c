"""Charts in Vega-Lite, drawn by vl-convert, or compiled for the pages of the command line."""
