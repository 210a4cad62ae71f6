"""A market on one machine, for looking, developing and testing: embedded PostgreSQL and a simulated M-PESA."""
