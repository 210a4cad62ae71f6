"""After the sale: cancelling what is paid, disputes, and the deadlines of both."""
