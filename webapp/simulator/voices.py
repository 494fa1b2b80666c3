"""How each platform tells what happens: the module that shapes its events.

All have the same functions; one that answers None says that the platform tells nothing of it.
"""

from __future__ import annotations

from types import ModuleType

from webapp.simulator import events, instagram_events, whatsapp_events
from webapp.simulator.pages import Page

_VOICES = {"messenger": events, "instagram": instagram_events, "whatsapp": whatsapp_events}


def of(page: Page) -> ModuleType:
    return _VOICES[page.platform]
