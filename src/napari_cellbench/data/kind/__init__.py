"""What an image shows, how sure that is, and what follows for its channels."""

from .base import TITLES, Kind, KindName, kind_by_roles
from .decide import kind_of

__all__ = ["TITLES", "Kind", "KindName", "kind_by_roles", "kind_of"]
