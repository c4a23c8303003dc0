"""axe-core, run in the page: what it finds is a fault."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"


@cache
def _source() -> str:
    return _AXE.read_text("utf-8")


def findings(page: Page) -> str:
    """What axe finds on the page as it stands, one line a finding; empty when nothing."""
    # What is still fading in has not its colours yet.
    page.evaluate(
        "() => Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity)"
        ".map((a) => a.finished.catch(() => null)))"
    )
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {_source()} }}")
    found: dict[str, Any] = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return "\n".join(
        f"{each['id']}: {node['target']} {json.dumps(node['failureSummary'])}"
        for each in found["violations"]
        for node in each["nodes"]
    )
