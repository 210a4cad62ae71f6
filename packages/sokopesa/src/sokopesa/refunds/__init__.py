"""What we owe back to buyers, from the moment it is owed. What pays it out is a room above."""
