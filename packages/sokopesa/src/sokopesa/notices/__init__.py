"""Telling people: each text is stored with what caused it, then sent once the cause is committed."""
