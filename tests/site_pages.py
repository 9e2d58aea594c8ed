"""Pages of made-up sites: articles that share no sentence, with lines around them that recur."""

import json
import random

from cleanse.chrome.boilerplate_learning import MIN_PAGES

ABOVE_LINES = ["Harbour and Hinterland", "Tides Moorings Pilots Chandlers"]
BELOW_LINES = ["The Quayside Bulletin is set by hand in Lower Fenwick.", "Ropewalk Lane Fenwick Harbour Quarter"]
NOUNS = [
    "boat",
    "pilot",
    "keeper",
    "mason",
    "baker",
    "weaver",
    "ferry",
    "bridge",
    "mill",
    "orchard",
    "kiln",
    "quarry",
    "lantern",
    "meadow",
    "archive",
]
VERBS = ["mended", "carried", "painted", "counted", "measured", "moved", "guarded", "borrowed", "planted", "sketched"]
PLACES = [
    "behind the church",
    "under the old crane",
    "beside the weir",
    "along the dyke",
    "near the school",
    "on the green",
]
TIMES = [
    "before the first frost",
    "after the long rain",
    "during the spring fair",
    "while the choir sang",
    "at low water",
]


def article(n, sentences=7):
    """Paragraphs that no other number has, and a headline."""
    draw = random.Random(n)

    def sentence():
        a, b, c = (draw.choice(NOUNS) for _ in range(3))
        verb, place, time = draw.choice(VERBS), draw.choice(PLACES), draw.choice(TIMES)
        return f"The {a} from parish {name_of(draw)} {verb} a {b} {place}, and the {c} of {name_of(draw)} stood {time}."

    return f"{name_of(draw)} and the {draw.choice(NOUNS)} of {name_of(draw)}", [sentence() for _ in range(sentences)]


def name_of(draw):
    """A name made up of syllables."""
    return "".join(draw.choice("bdfgklmnprst") + draw.choice("aeiou") for _ in range(3)).capitalize()


def page(n, above=ABOVE_LINES, below=BELOW_LINES):
    """The article with chrome around it."""
    headline, paragraphs = article(n)
    return "\n\n".join([*above, headline, *paragraphs, *below])


def write_crawl(folder, pages_of, per_file=7):
    """Records of sites, a few to a file, those of a site spread over files."""
    folder.mkdir()
    records = [
        {"url": f"https://www.{site}/{n}", "text": text}
        for site, pages in pages_of.items()
        for n, text in enumerate(pages)
    ]
    random.Random(1).shuffle(records)
    for start in range(0, len(records), per_file):
        lines = [json.dumps(record) + "\n" for record in records[start : start + per_file]]
        (folder / f"part-{start:04d}.jsonl").write_text("".join(lines))
    return folder


LARGE, OTHER, SMALL = "large.example", "other.example", "small.example"


def crawl_pages():
    """Pages of three sites, by site; of the last there are too few to learn from."""
    other = ["Chandlers and sailmakers of the upper town", "Printed on the mill's own paper since the flood"]
    return {
        LARGE: [page(n) for n in range(30)],
        OTHER: [page(100 + n, other[:1], other[1:]) for n in range(12)],
        SMALL: [page(200 + n) for n in range(MIN_PAGES - 1)],
    }
