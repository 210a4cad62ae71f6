"""A process that does nothing but settle what is in the inbox, for the settlement benchmark to start.

python -m benchmarks.settling [most in one transaction]
"""

from __future__ import annotations

import sys
import time

from sokopesa.cli.django import set_up_django

REST = 0.01


def main() -> None:
    set_up_django()
    from sokopesa.kernel.clock import now
    from sokopesa.payments import settlement

    limit = int(sys.argv[1]) if len(sys.argv) > 1 else settlement.BATCH
    while True:
        if not settlement.settle(now=now(), limit=limit):
            time.sleep(REST)


if __name__ == "__main__":
    main()
