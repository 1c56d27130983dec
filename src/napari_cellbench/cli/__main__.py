"""`python -m napari_cellbench.cli`."""

import sys

from . import main

sys.exit(main())
