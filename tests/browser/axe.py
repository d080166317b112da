"""Asks axe-core whether a page is accessible (WCAG 2.2, levels A and AA). It must not know which page it is."""

from pathlib import Path

from playwright.sync_api import Page

from tests.needs import need

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ASK = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const said = (nodes) => nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ");
  return violations.map(({ id, nodes }) => `${id}: ${said(nodes)}`);
}"""


def violations(page: Page) -> list[str]:
    """What axe finds against the page as it is now, a sentence each. The policy of the page does not bind a test."""
    need(AXE.is_file() or None, "axe-core is not installed (make setup)")
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(ASK, TAGS)
    return found
