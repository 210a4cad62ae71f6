"""The M-PESA network on a laptop: its HTTP API, customers' phones, wallets, books, and faults on demand."""
