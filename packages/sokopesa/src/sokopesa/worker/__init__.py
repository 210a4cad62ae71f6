"""The clock's face: jobs, settlement as callbacks arrive, and the janitor's rounds, in one process."""
