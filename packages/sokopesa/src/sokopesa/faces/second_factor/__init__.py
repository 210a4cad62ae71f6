"""The second factor of staff and sellers: setting it up, and asking for it where money moves."""
