"""Durations, as a person says them."""


def spoken(seconds: float) -> str:
    """Return a duration as a person says it: "8 s", "2 min 10 s", "1 h 5 min"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    # The longer, the less exact.
    minutes, rest = divmod(round(whole, -1), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
