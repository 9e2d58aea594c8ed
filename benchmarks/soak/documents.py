"""Make a crawl of any size: seeded pages of many sites, each of them the same whatever is made before it.

    python benchmarks/soak/documents.py FOLDER --documents 1000000 [--seed 1]

A page is an article of made sentences in one of four languages, 3.5 kB on average, with what stands around articles: menu,
byline, share buttons, related links, newsletter, comments, footer, in its site's own words. Of a hundred pages 12 repeat an
earlier one with small changes, 4 are exact copies, 2 are notices of one form with other numbers. Records are JSON lines with
`url` and `text`, in files of 64 MB.
"""

from __future__ import annotations

import argparse
import json
import random
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SITES = 5_000  # addresses of sites; their sizes follow a power law
FILE_BYTES = 64 << 20
SENTENCES = (8, 50)  # of an article
LANGUAGES = ("fr", "en", "de", "es")

# Parts of sentences: who, does what, where, and why. Any of one list goes with any of the next.
PARTS = {
    "fr": (
        "Le conseil municipal|La directrice du musée|Un groupe d'habitants|L'équipe du laboratoire|La petite entreprise|Le comité de quartier|Une enseignante retraitée|Le maire de la commune|L'association des parents|Le club de natation|La compagnie de théâtre|Un jeune agriculteur",
        "a présenté|prépare depuis des mois|vient de terminer|refuse toujours|a longuement discuté|souhaite financer|a découvert par hasard|compte agrandir|va bientôt fermer|défend avec énergie|a restauré|étudie en détail",
        "un projet de jardin partagé|la rénovation du vieux pont|une exposition de photographies|le plan des pistes cyclables|un atelier de réparation|la fête de la moisson|une carte des sources|le règlement du marché|un film sur la rivière|les comptes de la saison|une bibliothèque de rue|le toit de la gare",
        "malgré les réserves de plusieurs voisins|parce que les crédits manquent cette année|après une réunion de près de trois heures|sans attendre la réponse du département|avec l'aide de vingt bénévoles|dans une salle prêtée par la paroisse|pour la première fois depuis dix ans|au grand soulagement des commerçants|à la veille des vacances de printemps|selon un rapport publié lundi|comme le demandait une pétition|avant que les travaux ne commencent",
    ),
    "en": (
        "The town council|A retired engineer|The museum director|A small bakery|The school orchestra|A group of volunteers|The harbour office|Two young researchers|The local rowing club|A family of farmers|The night shift|The village choir",
        "has presented|is quietly preparing|finally finished|still rejects|discussed at length|hopes to pay for|found by accident|plans to extend|will soon close|keeps defending|has repaired|is studying closely",
        "a shared garden|the restoration of the old bridge|an exhibition of photographs|a map of the cycle paths|the repair workshop|the harvest festival|a survey of the springs|the rules of the market|a film about the river|last season's accounts|a street library|the roof of the station",
        "despite the doubts of several neighbours|because there is little money this year|after a meeting of almost three hours|without waiting for the county's answer|with the help of twenty volunteers|in a hall lent by the parish|for the first time in ten years|to the relief of the shopkeepers|on the eve of the spring holidays|according to a report published on Monday|as a petition had asked|before the works begin",
    ),
    "de": (
        "Der Gemeinderat|Die Leiterin des Museums|Eine Gruppe von Nachbarn|Das kleine Labor|Der Schwimmverein|Die Bürgermeisterin|Ein pensionierter Lehrer|Die Theatergruppe|Der Elternbeirat|Eine junge Landwirtin|Das Hafenamt|Der Chor des Dorfes",
        "hat gestern vorgestellt|bereitet seit Monaten vor|hat endlich beendet|lehnt weiterhin ab|hat lange beraten über|möchte bezahlen|hat zufällig entdeckt|will bald erweitern|schließt demnächst|verteidigt mit Nachdruck|hat sorgfältig erneuert|untersucht genau",
        "einen gemeinsamen Garten|die Sanierung der alten Brücke|eine Ausstellung von Fotografien|den Plan der Radwege|eine offene Werkstatt|das Erntefest|eine Karte der Quellen|die Ordnung des Marktes|einen Film über den Fluss|die Abrechnung der Saison|eine kleine Bücherei|das Dach des Bahnhofs",
        "trotz der Bedenken mehrerer Anwohner|weil in diesem Jahr das Geld fehlt|nach einer Sitzung von fast drei Stunden|ohne auf die Antwort des Kreises zu warten|mit der Hilfe von zwanzig Freiwilligen|in einem Saal der Kirchengemeinde|zum ersten Mal seit zehn Jahren|zur Erleichterung der Händler|kurz vor den Ferien|laut einem Bericht vom Montag|wie es eine Petition verlangt hatte|bevor die Arbeiten beginnen",
    ),
    "es": (
        "El ayuntamiento|La directora del museo|Un grupo de vecinos|El equipo del laboratorio|La pequeña empresa|El comité del barrio|Una maestra jubilada|El alcalde del pueblo|La asociación de padres|El club de remo|La compañía de teatro|Un joven agricultor",
        "ha presentado|prepara desde hace meses|acaba de terminar|rechaza todavía|ha discutido largamente|quiere financiar|descubrió por casualidad|piensa ampliar|cerrará pronto|defiende con energía|ha restaurado|estudia con detalle",
        "un proyecto de huerto común|la reforma del puente viejo|una exposición de fotografías|el plan de las vías para bicicletas|un taller de reparación|la fiesta de la cosecha|un mapa de las fuentes|el reglamento del mercado|una película sobre el río|las cuentas de la temporada|una biblioteca de calle|el tejado de la estación",
        "a pesar de las dudas de varios vecinos|porque este año falta dinero|después de una reunión de casi tres horas|sin esperar la respuesta de la provincia|con la ayuda de veinte voluntarios|en una sala prestada por la parroquia|por primera vez en diez años|para alivio de los comerciantes|en vísperas de las vacaciones|según un informe publicado el lunes|como pedía una petición|antes de que empiecen las obras",
    ),
}
MENUS = {
    "fr": "Accueil|Actualités|Culture|Sport|Agenda|Annonces|Contact|Se connecter|Newsletter|À propos",
    "en": "Home|News|Culture|Sport|Events|Classifieds|Contact|Log in|Newsletter|About us",
    "de": "Startseite|Nachrichten|Kultur|Sport|Termine|Anzeigen|Kontakt|Anmelden|Newsletter|Über uns",
    "es": "Inicio|Noticias|Cultura|Deportes|Agenda|Anuncios|Contacto|Iniciar sesión|Boletín|Quiénes somos",
}
FOOTS = {
    "fr": "Partager sur Facebook|Lire aussi|Laisser un commentaire|Recevez notre lettre d'information|Mentions légales|Tous droits réservés",
    "en": "Share on Facebook|Read also|Leave a comment|Sign up for our newsletter|Privacy policy|All rights reserved",
    "de": "Auf Facebook teilen|Lesen Sie auch|Kommentar schreiben|Newsletter abonnieren|Impressum|Alle Rechte vorbehalten",
    "es": "Compartir en Facebook|Lea también|Deja un comentario|Suscríbete a nuestro boletín|Aviso legal|Todos los derechos reservados",
}
NOTICE = {
    "fr": "Avis numéro {n} : la circulation sera coupée rue {name} du {a} au {b} mars, de {a} heures à {c} heures.",
    "en": "Notice number {n}: {name} Street will be closed from {a} to {b} March, between {a} and {c} o'clock.",
    "de": "Bekanntmachung Nummer {n}: Die {name}straße ist vom {a}. bis {b}. März von {a} bis {c} Uhr gesperrt.",
    "es": "Aviso número {n}: la calle {name} estará cerrada del {a} al {b} de marzo, de {a} a {c} horas.",
}
NAMES = [
    "Camille Ravel",
    "Louis Maurel",
    "Ines Valdor",
    "Jonas Ehrlich",
    "Marta Solana",
    "Peter Whitlow",
    "Clara Denner",
    "Hugo Lasserre",
]


@lru_cache
def split_parts(language: str) -> tuple[list[str], ...]:
    """Return the parts of a language's sentences."""
    return tuple(part.split("|") for part in PARTS[language])


def make_sentences(rng: random.Random, language: str, count: int) -> list[str]:
    """Return so many sentences; a number in every third keeps them from repeating too often."""
    sentences = []
    for number in range(count):
        who, does, what, why = (rng.choice(part) for part in split_parts(language))
        amount = f" ({rng.randrange(10_000)})" if number % 3 == 0 else ""
        sentences.append(f"{who} {does} {what}{amount}, {why}.")
    return sentences


def make_page(seed: int, number: int) -> dict[str, str]:
    """Return the record of a page."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311
    kind = rng.randrange(100)
    source, edits = number, 0
    if kind < 16 and number:
        source, edits = rng.randrange(number), 0 if kind < 4 else rng.randrange(1, 4)
    article = random.Random(f"{seed}/{source}/article")  # noqa: S311
    site = int(SITES * rng.random() ** 3)
    language = LANGUAGES[article.randrange(10_000) % len(LANGUAGES)]
    if 16 <= kind < 18:
        language = LANGUAGES[site % len(LANGUAGES)]
        a, b, c = sorted(rng.sample(range(1, 24), 3))
        notice = NOTICE[language].format(n=rng.randrange(900), name=rng.choice(NAMES).split()[1], a=a, b=b, c=c)
        body = [notice, *make_sentences(random.Random(language), language, 4)]  # noqa: S311
    else:
        body = make_sentences(article, language, article.randrange(*SENTENCES))
        for _ in range(edits):
            body[rng.randrange(len(body))] = make_sentences(rng, language, 1)[0]
    title = body[0].partition(",")[0]
    text = "\n".join(
        [
            *make_head(site, language),
            title,
            "",
            *make_byline(rng, language),
            *paragraphs(body),
            *make_foot(site, language, rng),
        ]
    )
    return {"url": f"https://www.site-{site:04d}.example/{language}/{number}", "text": text}


def paragraphs(sentences: list[str]) -> Iterator[str]:
    """Yield paragraphs of four sentences, with empty lines between."""
    for at in range(0, len(sentences), 4):
        yield " ".join(sentences[at : at + 4])
        yield ""


@lru_cache(maxsize=SITES * len(LANGUAGES))
def make_head(site: int, language: str) -> tuple[str, ...]:
    """Return the menu of a site."""
    rng = random.Random(f"{site}/{language}")  # noqa: S311
    return (f"Site {site:04d}", *rng.sample(MENUS[language].split("|"), 6), "")


def make_byline(rng: random.Random, language: str) -> tuple[str, ...]:
    """Return byline and date, as half of the pages have them."""
    if rng.random() < 0.5:
        return ()
    by = {"fr": "Par", "en": "By", "de": "Von", "es": "Por"}[language]
    return (f"{by} {rng.choice(NAMES)}", f"{rng.randrange(1, 28):02d}/{rng.randrange(1, 13):02d}/2023", "")


def make_foot(site: int, language: str, rng: random.Random) -> tuple[str, ...]:
    """Return what stands below an article."""
    links = make_sentences(rng, language, rng.randrange(4))
    foot = FOOTS[language].split("|")
    return (foot[0], foot[1], *links, *foot[2:5], f"© 2023 Site {site:04d} - {foot[5]}")


def write_crawl(folder: Path, documents: int, seed: int) -> int:
    """Write pages as JSON lines; returns their size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    total, file = 0, None
    try:
        for number in range(documents):
            if file is None or file.tell() >= FILE_BYTES:
                if file:
                    file.close()
                file = (folder / f"crawl-{number:09d}.jsonl").open("wb")
            total += file.write(json.dumps(make_page(seed, number), ensure_ascii=False).encode() + b"\n")
    finally:
        if file:
            file.close()
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{write_crawl(options.folder, options.documents, options.seed):,} bytes")
