"""`python -m mpesa_simulator` is the command `mpesa-simulator`."""

from mpesa_simulator.cli import main

main()
