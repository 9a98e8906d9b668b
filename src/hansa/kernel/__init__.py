"""Money, ids, clock and errors: the words every floor shares. Standard library only."""
