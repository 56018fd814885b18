"""Somebody who works with one device alone: every task is told once and done by mouse and by keys.

Each use of a control counts as one click, by keyboard as well, however many presses it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

MOST_TABS, MOST_ARROWS = 150, 20
FOCUSED = """e => {
    const at = document.activeElement;
    return e === at || (e.contains(at) && at !== document.body);
}"""
HAS_FOCUS_RING = """() => {
    // What is focused, or for a field the box that is drawn around it.
    const at = document.activeElement, field = at.matches("input, textarea");
    const around = [at, at.parentElement, at.parentElement.parentElement];
    return around.some((each) => {
        const look = getComputedStyle(each);
        return look.outlineStyle !== "none" || look.boxShadow !== "none"
            || (field && look.borderTopStyle !== "none" && look.borderTopWidth !== "0px");
    });
}"""
HIGHLIGHTED = """e => e.id === document.activeElement.getAttribute("aria-activedescendant")"""
WHERE = "() => document.activeElement.outerHTML.slice(0, 200)"


class Hand(Protocol):
    """How a person uses the page; ``clicks`` is how often so far."""

    page: Page
    clicks: int

    def reach(self, control: Locator) -> None:
        """Move there, so that what follows a press can be timed."""

    def press(self, control: Locator) -> None:
        """A button, a link or the head of a fold."""

    def choose(self, label: str, option: str) -> None:
        """An option of the box with this label."""

    def write(self, label: str, text: str) -> None:
        """A text or number into the field with this label, and Enter."""


def box(page: Page, label: str) -> Locator:
    return page.get_by_role("combobox", name=label, exact=True)


@dataclass
class Mouse:
    """Clicks; the keyboard only writes into fields."""

    page: Page
    clicks: int = 0

    def reach(self, control: Locator) -> None:
        control.hover(timeout=30_000)

    def press(self, control: Locator) -> None:
        control.click(timeout=30_000)
        self.clicks += 1

    def choose(self, label: str, option: str) -> None:
        self.press(box(self.page, label))
        self.press(self.page.get_by_role("option", name=option, exact=True))

    def write(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        self.press(field)
        field.fill(text)
        field.press("Enter")


@dataclass
class Keyboard:
    """Tab, arrows, Enter and letters; the mouse is never touched."""

    page: Page
    clicks: int = 0

    def reach(self, control: Locator) -> None:
        if control.get_attribute("role", timeout=30_000) == "radio":
            self._arrow_to(control)
        else:
            self._go_to(control)

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")
        self.clicks += 1

    def choose(self, label: str, option: str) -> None:
        self._go_to(box(self.page, label))
        self.page.keyboard.type(option)
        wanted = self.page.get_by_role("option", name=option, exact=True)
        expect(wanted).to_be_visible()
        self._arrow_in_list_to(wanted)
        self.page.keyboard.press("Enter")
        self.clicks += 1

    def write(self, label: str, text: str) -> None:
        self._go_to(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.clicks += 1

    def _arrow_in_list_to(self, option: Locator) -> None:
        """Through the list under a box until the option is the one that Enter would take.

        The first arrow marks the option after the one that is chosen, and the list does not wrap.
        """
        for key in ("ArrowDown", "ArrowUp"):
            for _ in range(MOST_ARROWS):
                self.page.keyboard.press(key)
                if option.evaluate(HIGHLIGHTED):
                    return
        raise AssertionError(f"{option} is not reached by arrows")

    def _arrow_to(self, option: Locator) -> None:
        """Tab to the group, which is one stop, then arrows to one of its options."""
        group = option.locator("xpath=ancestor::*[@role='radiogroup'][1]")
        self._go_to(group)
        for _ in range(MOST_ARROWS):
            if option.evaluate(FOCUSED):
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"{option} is not reached by arrows")

    def _go_to(self, control: Locator) -> None:
        """Tab until the control has the focus; nothing on the way may hold it."""
        control.wait_for(timeout=30_000)
        before, held = "", 0
        for _ in range(MOST_TABS):
            if control.evaluate(FOCUSED):
                assert self.page.evaluate(HAS_FOCUS_RING), f"no visible focus on {control}"
                return
            self.page.keyboard.press("Tab")
            now = str(self.page.evaluate(WHERE))
            held = held + 1 if now == before else 0
            assert held < 5, f"the focus is trapped in {now}"
            before = now
        raise AssertionError(f"{control} is not reached by {MOST_TABS} presses of Tab")


HANDS: dict[str, type[Mouse] | type[Keyboard]] = {"mouse": Mouse, "keyboard": Keyboard}


def named(page: Page, role: str, name: str | re.Pattern[str]) -> Locator:
    """The first control of a kind by its name."""
    if isinstance(name, str):
        return page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    return page.get_by_role(role, name=name).first  # type: ignore[arg-type]
