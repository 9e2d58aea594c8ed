"""Tasks of the project: `nox -l` lists them, `nox -s quick` runs one."""

import nox

nox.options.sessions = ["lint", "quick", "docs"]
nox.options.default_venv_backend = "none"  # the environment that `pip install -e ".[dev,dask]"` made
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
QUICK = "not slow and not browser and not server"


@nox.session
def quick(session: nox.Session) -> None:
    """Run the tests that take under a minute together."""
    session.run("pytest", "-m", QUICK, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session(python=PYTHONS, venv_backend="venv")
def tests(session: nox.Session) -> None:
    """Run all tests on every Python that is supported and there."""
    session.install("-e", ".[dev,dask]")
    session.run("pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Print the share of lines that the tests run, worker processes left out."""
    session.run("coverage", "run", "-m", "pytest", "-m", "not server", *session.posargs)
    session.run("coverage", "report")


@nox.session(venv_backend="venv")
def docs(session: nox.Session) -> None:
    """Build the documentation; a dead link fails."""
    session.install(".[docs]")
    session.run("python", "docs/make_reference.py")
    session.run("mkdocs", "build", "--strict")
