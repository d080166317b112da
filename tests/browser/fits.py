"""What a person cannot see whole: controls that stick out of the box they stand in. It must not know pages."""

from playwright.sync_api import Page

# What scrolls sideways shows the rest on demand; the air around a button's picture may lie outside; a pixel is nothing.
STICKING_OUT = """() => {
  const boxes = ".player, .panel, .dialog, .operation, .upload, .asset-row, .card, .signin-card, body";
  const scrolls = (one) => one.closest(".table-scroll, .sections, .scroll") !== null;
  const shown = [...document.querySelectorAll("button, a, input, select, textarea, progress, .badge")]
    .filter((one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !scrolls(one));
  const out = (one) => {
    const box = one.parentElement.closest(boxes);
    const { paddingLeft, paddingRight } = getComputedStyle(box);
    const slack = one.matches(".icon-button") ? [-8, -8] : [parseFloat(paddingLeft), parseFloat(paddingRight)];
    const [inner, outer] = [one.getBoundingClientRect(), box.getBoundingClientRect()];
    return inner.width > 1 && (inner.left < outer.left + slack[0] - 1 || inner.right > outer.right - slack[1] + 1);
  };
  return shown.filter(out).map((one) => one.ariaLabel || one.textContent || one.className);
}"""


def sticking_out(page: Page) -> list[str]:
    """Names of the controls that lie outside of their panel, dialog, card or player, if only in part."""
    found: list[str] = page.evaluate(STICKING_OUT)
    return found
