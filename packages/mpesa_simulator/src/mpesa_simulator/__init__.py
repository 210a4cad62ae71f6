"""The M-PESA network on a laptop: its HTTP API, customers' phones, wallets, books, and faults on demand."""

from mpesa_simulator.testing.network import Control, ControlError, Network, Phone

__all__ = ["Control", "ControlError", "Network", "Phone"]
