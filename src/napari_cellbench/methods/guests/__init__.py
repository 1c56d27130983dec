"""Methods of others that need packages which don't go with the rest: one file each.

Each names what to install, and runs in an environment of its own (`Environment`); its package is
imported there only.
"""

from .cellpose3 import Cellpose3

__all__ = ["Cellpose3"]
