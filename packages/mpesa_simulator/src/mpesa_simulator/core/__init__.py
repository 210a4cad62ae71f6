"""What everything else stands on: books, clock, agenda, dice, faults and callbacks."""
