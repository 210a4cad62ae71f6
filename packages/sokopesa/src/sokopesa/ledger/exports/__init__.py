"""The books as files that accountants and their programs open. Streamed, so a journal of any length fits in memory."""
