"""The documentation: links lead somewhere, every page is in the navigation, made parts are as the code declares."""

import ast
import importlib.util
import re
import unicodedata

import pytest

from cleanse.output_commands import COMMANDS
from conftest import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
OTHERS = [*sorted(ROOT.glob("*.md")), ROOT / "training" / "README.md"]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def anchors_of(path):
    """Return the anchors of a page's headings, named as Python-Markdown and GitHub do."""
    text = CODE.sub(lambda match: match[0] if "\n" not in match[0] else "", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE)
    plain = (unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode() for heading in headings)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in plain}


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page):
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        if anchor:
            assert anchor in anchors_of(path), link


def test_a_page_of_the_documentation_links_to_nothing_outside_of_it():
    """Such links are dead on the built site."""
    for page in PAGES:
        for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
            if "://" not in link and not link.startswith("#"):
                assert (page.parent / link.partition("#")[0]).resolve().is_relative_to(DOCS), f"{page}: {link}"


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page():
    entries = re.findall(r"^ +- .*?(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(entries) == [page.relative_to(DOCS).as_posix() for page in PAGES]


def test_the_made_parts_of_the_reference_are_what_the_code_declares():
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for page, text in module.make_pages().items():
        assert page.read_text(encoding="utf-8") == text, "run: python docs/make_reference.py"


def test_every_file_of_the_docs_that_code_names_is_there():
    files = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "tests").glob("*.py"),
        *ROOT.glob("*.y*ml"),
        ROOT / "pyproject.toml",
    ]
    for path in files:
        for name in re.findall(r"\bdocs/[\w/.-]+\.(?:md|py)\b", path.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{path}: {name}"


def test_every_public_name_is_in_the_reference_of_the_library():
    import cleanse

    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    for name in cleanse.__all__:
        assert re.search(rf"\b{name}\b", text) or ("::: cleanse.errors" in text and name.endswith("Error")), name


def test_every_command_and_each_of_its_options_is_in_the_reference():
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "cleanse" / "output_commands.py").read_text(encoding="utf-8")
    options = re.findall(r"add_argument\(\s*\"(--?[\w-]+)\"", source)
    assert len(options) > 10
    for option in options:
        assert re.search(rf"`[^`]*{option}\b", text), option
    for command in COMMANDS:
        assert f"cleanse {command} OUTPUT" in text, command


def test_an_image_that_no_page_shows_is_not_kept():
    shown = "".join(path.read_text(encoding="utf-8") for path in [*PAGES, *OTHERS])
    for image in sorted((DOCS / "images").iterdir()):
        assert f"images/{image.name}" in shown, image.name


MODULE = re.compile(r"`(?:src/cleanse/)?([\w/]+\.py)[`:]")
HISTORY = ("CHANGELOG.md",)  # names modules as they were


@pytest.mark.parametrize("page", [page for page in [*PAGES, *OTHERS] if page.name not in HISTORY], ids=name_of)
def test_every_module_that_a_page_names_is_there(page):
    names = set(MODULE.findall(page.read_text(encoding="utf-8")))
    added = set(re.findall(r'^```python title="src/cleanse/(\S+)"', page.read_text(encoding="utf-8"), re.MULTILINE))
    for name in names - added - {"score.py"}:  # the benchmark's own
        assert [*ROOT.glob(f"*/**/{name}"), *ROOT.glob(name)], name


NO_VERBS = frozenset(
    ("A", "An", "The", "What", "How", "Why", "Which", "Where", "One", "All", "Without", "Tell", "float32")
)


def test_the_docstring_of_a_function_begins_with_a_verb():
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (docstring := ast.get_docstring(node)):
                assert docstring.split()[0].rstrip(",:") not in NO_VERBS, f"{path.name}: {node.name}"
