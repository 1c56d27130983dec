"""What a network expects of its input, as this package's checkpoints keep it."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any, Self

from ...errors import CheckpointError


class KeptSettings:
    """A dataclass that goes into the metadata of a checkpoint as text."""

    def to_json(self) -> str:
        """Return the text to keep in a checkpoint."""
        settings: Any = self
        return json.dumps(asdict(settings))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the text of a checkpoint.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        kind: Any = cls
        try:
            values = json.loads(text)
            for field in fields(kind):
                # JSON has no tuples.
                if str(field.type).startswith("tuple"):
                    values[field.name] = tuple(values[field.name])
            settings: Self = cls(**values)
            is_whole = settings._is_whole()
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            is_whole = False
        if not is_whole:
            raise CheckpointError("The checkpoint's settings of its input are damaged.")
        return settings

    def _is_whole(self) -> bool:
        """Tell whether a network can have such settings; may raise `TypeError`."""
        raise NotImplementedError
