"""Run the command line: `python -m cleanse INPUT OUTPUT`."""

import sys

from cleanse.cli import main

if __name__ == "__main__":
    sys.exit(main())
