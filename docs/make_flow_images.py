"""Make the pictures of docs/guides/flow.md anew, from the latest finished run on a Prefect server.

Start server and worker and run the deployment, as the guide says; then `python docs/make_flow_images.py
http://127.0.0.1:4200`. Needs Playwright and Debian's Chromium.
"""

import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

IMAGES = Path(__file__).parent / "images"
OPTIONS = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--enable-unsafe-swiftshader"]}
WAIT = 5_000  # milliseconds until a page has drawn itself
PATIENCE = 120_000  # milliseconds that the server may take to answer
LOG = {"x": 260, "y": 985, "width": 1240, "height": 560}  # part of the run's page, below the graph


def find_views(playwright: Playwright, server: str) -> dict:
    """Return for each picture the page's path on the server, size of the window, part to show, and a text to wait for."""
    client = playwright.request.new_context(base_url=f"{server}/api/")

    def ask(path: str, body: dict) -> list:
        return client.post(f"{path}/filter", data=body, timeout=PATIENCE).json()

    run = ask("flow_runs", {"sort": "START_TIME_DESC", "limit": 1})[0]["id"]
    deployment = ask("deployments", {"deployments": {"name": {"any_": ["cleanse"]}}})[0]["id"]
    artifacts = {one["key"]: one["id"] for one in ask("artifacts", {"artifacts": {"flow_run_id": {"any_": [run]}}})}
    return {
        "flow-run-graph": (f"runs/flow-run/{run}", (1700, 560), None, "Completed"),
        "flow-log": (f"runs/flow-run/{run}", (1500, 1800), LOG, "cached by earlier runs"),
        "flow-summary": (f"artifacts/artifact/{artifacts['cleanse-summary']}", (1000, 1000), None, "documents kept"),
        "flow-clusters": (f"artifacts/artifact/{artifacts['cleanse-clusters']}", (1300, 700), None, "least Jaccard"),
        "flow-form": (f"deployments/deployment/{deployment}/run", (1000, 900), None, "near-duplicates"),
    }


def main(server: str) -> None:
    """Save a picture of the run, its log, its artifacts, and the form."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**OPTIONS)
        for name, (path, (width, height), clip, text) in find_views(playwright, server).items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{server}/{path}", timeout=PATIENCE)
            page.get_by_text(text).first.wait_for(timeout=PATIENCE)
            page.wait_for_timeout(WAIT)
            page.screenshot(path=IMAGES / f"{name}.png", clip=clip)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
