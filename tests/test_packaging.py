"""The package: what it imports is what it declares, under a name that is its own."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import cleanse
from cleanse.stages import STAGES
from conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
INSTALLED = packages_distributions()
OURS = {path.stem for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")} | {"cleanse"}
NAMES = {"prefect_dask": "prefect-dask", "stdnum": "python-stdnum", "yaml": "pyyaml"}  # where not installed
PROSE = [
    path
    for pattern in (
        "*.md",
        "*.toml",
        "*.yaml",
        "docs/**/*.md",
        "src/**/*.py",
        "tests/*.py",
        "training/**/*.md",
        ".ci/*",
    )
    for path in sorted(ROOT.glob(pattern))
    if path.is_file()
]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras):
    """Return the distributions that an install with these extras asks for by name, those of extras of extras too."""
    requirements = [*PROJECT["dependencies"], *(one for extra in extras for one in EXTRAS[extra])]
    names = set()
    for one in requirements:
        name, inner = re.match(r"([\w.-]+)(?:\[([\w,-]+)\])?", one).groups()
        if name == PROJECT["name"]:
            names |= declared(*inner.split(","))
        else:
            names.add(plain(name))
    return names


def distributions(module):
    return {plain(name) for name in INSTALLED.get(module, [NAMES.get(module, module)])}


def imports_of(path):
    """Yield the foreign modules that a file imports, and whether it does so when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for node in ast.walk(outer)
        if node is not outer
    }
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            module = name.split(".")[0]
            if module not in sys.stdlib_module_names and module not in OURS:
                yield module, id(node) not in inner


def test_every_library_that_the_package_imports_is_declared():
    everything = declared(*EXTRAS)
    for path in sorted((ROOT / "src").rglob("*.py")):
        for module, _ in imports_of(path):
            assert distributions(module) & everything, f"{path}: {module}"


def test_what_only_an_extra_brings_is_imported_where_it_is_used():
    """A plain install can import every module but those of the flow."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for module, at_import in imports_of(path):
            if at_import:
                extras = ("flow",) if path.parent.name == "integrations" else ()
                assert distributions(module) & declared(*extras), f"{path}: {module}"


def test_every_library_that_a_test_imports_is_declared():
    for path in sorted((ROOT / "tests").glob("*.py")):
        for module, _ in imports_of(path):
            assert distributions(module) & declared("dev", "dask"), f"{path}: {module}"


def test_the_libraries_of_the_stages_are_declared():
    libraries = {plain(library) for stage in STAGES for library in stage.libraries}
    assert libraries <= declared()


def test_the_extras_are_those_that_users_know():
    assert set(EXTRAS) == {"flow", "dask", "redis", "remote", "tokens", "zstd", "docs", "dev", "train"}
    assert declared("flow") < declared("dask")
    assert "prefect" not in declared()


def test_nothing_tells_anyone_to_install_the_project_of_another():
    for path in PROSE:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"pip install (?:-\S+ )*[\"']?cleanse(?!-corpus)\b", text), path


def test_the_version_stands_once():
    assert PROJECT["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", cleanse.__version__)


def test_the_licence_is_there_in_full():
    assert PROJECT["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
