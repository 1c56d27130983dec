"""What the name of a channel says of it."""

from __future__ import annotations

import re

from ..sample import Role

_WORDS: tuple[tuple[Role, str], ...] = (
    # Transmitted light first: "phase" next to the name of a stain is still no stain.
    (
        "phase",
        r"phase|ph[1-3l]?|bf|bright ?field|dic|nomarski|trans(mitted|mission)?|tl|tpmt|hoffman|dpc",
    ),
    (
        "nucleus",
        r"dapi|hoechst ?\d*|h ?33342|h2a|h2b|h3|histone|nuc|nuclei|nucleus|nuclear|dna|draq ?[57]|"
        r"sytox|syto ?\d*|to ?pro|propidium|lamin|nls",
    ),
    (
        "whole_cell",
        r"membranes?|mem|[en]? ?cadherin|ecad|wga|con ?a|phalloidin|f? ?actin|cytoplasm(ic)?|cyto|"
        r"cell ?mask|cells?|na ?k ?atpase|atpase|pan ?ck|pan ?cytokeratin|cytokeratin|keratin|"
        r"tubulin|vimentin|epcam|her2|cd\d+|zo ?1|caax",
    ),
)
_PATTERNS = tuple((role, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for role, words in _WORDS)


def role_by_name(name: str) -> Role | None:
    """Return what a channel shows by its name, such as DAPI, E-cadherin or BF.

    Parameters
    ----------
    name
        As a microscope or a person wrote it; case, hyphens and underscores don't count.

    Returns
    -------
    Role or None
        None where the name doesn't tell, as that of a fluorescent protein.
    """
    plain = re.sub(r"[\s_\-/+.,;:()\[\]]+", " ", name.lower())
    return next((role for role, pattern in _PATTERNS if pattern.search(plain)), None)
