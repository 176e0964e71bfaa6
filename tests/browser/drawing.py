"""An empty page with the playground's own modules: blocks are drawn on it, and what they would do is noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from playground.clock import Clock
from playground.page.guard import HEADERS
from playground.slack.elements import carry_values
from playground.slack.ids import IdSource
from playground.slack.normalise import complete_blocks

Json = dict[str, Any]
NOW = 1_781_000_000.0
"""Tuesday 9 June 2026, 10:13:20 UTC."""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Drawing</title>
<link rel="stylesheet" href="/static/base.css"><link rel="stylesheet" href="/static/shell.css">
<link rel="stylesheet" href="/static/blocks.css"></head>
<body><button id="opener" data-role="opener">Opener</button>
<main id="board"></main><div id="modals"></div><div id="dialogs"></div>
<p id="status" role="status"></p></body></html>"""
CONTEXT = """(one) => {
  const does = (kind) => async (...given) => {
    const [block, element, payload] = kind ? [null, null, {}] : given.slice(1);
    calls.push({ kind: kind ?? given[0], block: block?.block_id, action: element?.action_id, payload });
    if (window.hold) await window.hold;
    const found = given[0] === 'search' ? { options: [], groups: [], ...window.found } : {};
    return { ok: true, took_ms: 1, ...found };
  };
  return {
    id: one.id, surface: one.type ?? 'message', person: 'U1', now: one.now, tz: one.tz,
    values: one.values, errors: one.errors ?? {}, files: one.files ?? {},
    names: { users: { U1: 'Ada', U2: 'Bob' }, channels: { C1: 'general' }, groups: { S1: 'ai4os-admins' } },
    isBusy: () => false, act: does(), submit: does('submit'), close: does('close'), dismiss: does('dismiss'),
  };
}"""
DRAW = f"""async (one) => {{
  window.calls ??= [];
  const {{ patchBlocks }} = await import('/static/blocks.js');
  patchBlocks(document.getElementById('board'), one.blocks, ({CONTEXT})(one));
}}"""
SHOW = f"""async (stack) => {{
  window.calls ??= [];
  const {{ showModals }} = await import('/static/modal.js');
  showModals(stack, {CONTEXT});
}}"""
WRITTEN = """() => ['board', 'modals'].map((id) => document.getElementById(id)).map((each) => each.innerText
  + [...each.querySelectorAll('input, textarea')].map((field) => ` ${field.value} ${field.placeholder}`).join('')
).join(' ')"""


def answer_with_paper(route: Route) -> None:
    """Give an empty page with the playground's own rules for content."""
    route.fulfill(body=PAGE, content_type="text/html", headers={**HEADERS})


@dataclass(kw_only=True)
class Drawing:
    """The page on which a test draws; `page` is its own."""

    page: Page
    ids: IdSource

    @classmethod
    def on(cls, page: Page, address: str) -> "Drawing":
        """Open an empty page at the address of a playground, whose route answers with the paper."""
        page.goto(f"{address}drawing")
        return cls(page=page, ids=IdSource(Clock()))

    def draw(self, blocks: Sequence[Json], **more: Any) -> Locator:
        """Draw blocks; what stood there before is drawn over when `id` is the same."""
        self.page.evaluate(DRAW, self._completed({"blocks": blocks, **more}))
        return self.page.locator("#board")

    def show(self, *stack: Json) -> Locator:
        """Show a stack of windows, the root first; return the one on top."""
        self.page.evaluate(SHOW, [self._completed(view) for view in stack])
        return self.page.get_by_role("dialog")

    def clear(self) -> None:
        """Take away whatever was drawn or shown."""
        self.show()
        self.draw([])

    @property
    def written(self) -> str:
        """Return all that can be read on the page, with what stands in its fields."""
        return str(self.page.evaluate(WRITTEN))

    @property
    def calls(self) -> list[Json]:
        """Return what was done so far, with kind, block, action and payload."""
        found: list[Json] = self.page.evaluate("window.calls")
        return found

    def wait_for_calls(self, number: int) -> list[Json]:
        """Wait until so many things were done, and return them."""
        self.page.wait_for_function("number => window.calls.length >= number", arg=number)
        return self.calls

    def has_focus(self, place: Locator) -> None:
        """Wait until this has the focus."""
        expect(place).to_be_focused()

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def _completed(self, one: Json) -> Json:
        """Return a view or message as the page gets it: with ids, and what is typed in it."""
        blocks = complete_blocks(list(one["blocks"]), self.ids)
        texts = {name: one[name]["text"] if isinstance(one.get(name), dict) else one.get(name) for name in _TEXTS}
        values = carry_values(blocks, one.get("values", {}))
        fresh = {"id": self.ids.make("V"), "now": NOW, "tz": "Europe/Madrid", "errors": {}, "callback_id": ""}
        return {**fresh, **one, **texts, "blocks": blocks, "values": values}


_TEXTS = ("title", "submit", "close")
