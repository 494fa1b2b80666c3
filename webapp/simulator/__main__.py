"""`python -m webapp.simulator`"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from webapp.simulator import server, settings


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s simulator %(message)s")
    try:
        asyncio.run(server.run(settings.read(sys.argv[1:], os.environ)))
    except OSError as error:
        print(f"The simulator cannot start: {error}", file=sys.stderr)  # noqa: T201 - one line, as every command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
