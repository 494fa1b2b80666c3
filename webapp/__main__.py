"""`python -m webapp` is `fanlight`."""

from __future__ import annotations

import sys

from webapp import app

if __name__ == "__main__":
    sys.exit(app.command_line())
