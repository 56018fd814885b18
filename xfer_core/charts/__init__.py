"""Charts: one file per figure, from a table to a figure; theme.py for colours and labels."""
