"""A quarter of the market in virtual time: every day's trade, refunds, files, disbursements, statements and closes."""
