"""Safaricom's HTTP API, shape by shape. Each module is one product."""
