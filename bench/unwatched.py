"""A page in Chromium without developer tools on its network traffic, as a user has it.

In Playwright's own pages, all traffic passes through the inspector's Network domain, which costs an eighth of the rate
for a large file. So Playwright only starts the browser and carries the messages; it does not create the page.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession

ANSWER_SECONDS = 60


class UnwatchedPage:
    """Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/), without its Network domain."""

    def __init__(self, browser: CDPSession, context: str) -> None:
        self._browser = browser
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        browser.on("Target.receivedMessageFromTarget", self._keep)
        target = browser.send("Target.createTarget", {"url": "about:blank", "browserContextId": context})
        session = browser.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
        self._session = session["sessionId"]

    def open(self, url: str, script: str) -> None:
        """Load a page and wait for it; ``script`` runs before the page's scripts."""
        self._ask("Page.enable")
        self._ask("Page.addScriptToEvaluateOnNewDocument", source=script)
        self._ask("Page.navigate", url=url)
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.value("document.URL === 'about:blank' || document.readyState !== 'complete'"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{url} does not load")
            time.sleep(0.1)  # polled, because the page's events do not arrive here

    def value(self, expression: str) -> Any:
        """Evaluate an expression in the page; return its value. Raises RuntimeError if it throws."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if thrown := answer.get("exceptionDetails"):
            raise RuntimeError(thrown.get("exception", {}).get("description", thrown["text"]))
        return answer["result"].get("value")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in the file input that the selector names."""
        document = self._ask("DOM.getDocument")["root"]["nodeId"]
        node = self._ask("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self._ask("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": params}
        self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": json.dumps(message)})
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._asked not in self._answers:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{method}: no answer")
            self._browser.send("Target.getTargets")  # Playwright delivers messages while it waits for this answer
        answer = self._answers.pop(self._asked)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _keep(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message


@contextmanager
def unwatched_page(browser: Browser) -> Iterator[UnwatchedPage]:
    """Make a page in its own profile; both are closed after the block."""
    session = browser.new_browser_cdp_session()
    context = session.send("Target.createBrowserContext")["browserContextId"]
    try:
        yield UnwatchedPage(session, context)
    finally:
        session.send("Target.disposeBrowserContext", {"browserContextId": context})
        session.detach()
