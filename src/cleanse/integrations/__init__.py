"""What other programs load of cleanse."""
