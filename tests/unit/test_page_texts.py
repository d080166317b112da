"""Every English sentence of the pages is in `web/src/texts.js`: what the HTML files say, too."""

import re
from pathlib import Path

import pytest

from tests.needs import need

WEB = Path(__file__).parents[2] / "web"
PAGES = sorted(WEB.glob("*.html"))
SAID = re.compile(r">([^<>]*[^\s<>][^<>]*)<")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_its_sentences(page: Path) -> None:
    text = page.read_text()
    assert '<html lang="{{language}}">' in text
    said = SAID.findall(text)
    assert len(said) > 1
    assert [each for each in said if not re.fullmatch(r"(\{\{[\w.]+\}\}( \u00b7 )?)+", each)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_built_page_says_them(page: Path) -> None:
    built = WEB / "dist" / page.name
    need(built.is_file() or None, "the pages are not built (make setup)")
    text = built.read_text()
    assert "{{" not in text
    assert '<html lang="en">' in text
    assert re.search(r'<noscript><p class="noscript">\w[^<]+</p></noscript>', text)
