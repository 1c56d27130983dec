"""`python -m napari_cellbench`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
