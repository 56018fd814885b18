"""Places for labels beside points, so that no two boxes overlap (pure, in pixels)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CHARACTER, HEIGHT = 7.2, 18.0
_DIRECTIONS = ((1, 1), (1, -1), (-1, -1), (-1, 1), (0, -1), (0, 1), (1, 0), (-1, 0))
_DISTANCES = (14.0, 26.0, 44.0, 66.0, 92.0, 124.0)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, width: float, height: float) -> bool:
        """Whether the box lies in a frame of that size."""
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True)
class Placed:
    """Centre of a label relative to its point, and the box it takes; None if there is no room."""

    dx: float
    dy: float
    box: Box


def place(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    width: float,
    height: float,
    others: Sequence[tuple[float, float]] = (),
) -> list[Placed | None]:
    """One place per text beside its point, nearest first, clear of labels and of all points.

    Args:
        points: position of each labelled point, in pixels of a frame, y downwards.
        texts: the label of each point.
        width: of the frame.
        height: of the frame.
        others: points without a label, which a label must not cover.
    """
    taken = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in (*points, *others)]
    placed: list[Placed | None] = []
    for (x, y), text in zip(points, texts, strict=True):
        found = _first_free(x, y, CHARACTER * len(text) + 8, taken, width, height)
        placed.append(found)
        if found:
            taken.append(found.box)
    return placed


def _first_free(
    x: float, y: float, label_width: float, taken: Sequence[Box], width: float, height: float
) -> Placed | None:
    for distance in _DISTANCES:
        for across, down in _DIRECTIONS:
            dx = across * (distance + label_width / 2)
            dy = down * distance
            box = Box(
                x + dx - label_width / 2,
                y + dy - HEIGHT / 2,
                x + dx + label_width / 2,
                y + dy + HEIGHT / 2,
            )
            if box.inside(width, height) and not any(box.overlaps(other) for other in taken):
                return Placed(dx, dy, box)
    return None
