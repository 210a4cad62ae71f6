"""Double entry. Money moves only through `sokopesa.ledger.actions.book`; the database refuses everything else."""
