"""A Croissant description (MLCommons, 1.0) of a corpus, with the fields of its responsible-AI extension.

Akhtar et al. 2024 (arXiv 2403.19546), Jain et al. 2024 (arXiv 2407.16883). The responsible-AI fields are filled from the
manifest: what was read, what was removed and withheld, what the corpus cannot be used for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cleanse.hub.dataset_info import TableFacts

CONFORMS = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0")
_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated",
    "replace": "cr:replace", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform", "isArray": "cr:isArray", "arrayShape": "cr:arrayShape", "equivalentProperty": "cr:equivalentProperty",
    "samplingRate": "cr:samplingRate",
}  # fmt: skip
_TYPES = {
    "bool": "sc:Boolean",
    "float32": "sc:Float",
    "float64": "sc:Float",
    "string": "sc:Text",
}  # else a whole number
_LIMITS = (
    "Texts are those of the pages that were scraped: the corpus stands for no population of texts or people. Languages are "
    "detected, titles, authors and dates are what pages state. Chrome removal errs: see removed/ and report.html."
)


def describe_croissant(
    manifest: Mapping[str, Any], tables: Mapping[str, TableFacts], name: str = "corpus", url: str | None = None
) -> dict[str, Any]:
    """Return the Croissant description of an output folder, to be written as JSON beside its tables.

    Args:
        manifest: What `manifest.json` says.
        tables: The tables by name, which is their folder's; empty ones are left out.
        name: Of the data set.
        url: Where it is published, where that is known.
    """
    filled = {table: facts for table, facts in tables.items() if facts.rows}
    counts = manifest["counts"]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS),
        "name": name,
        "description": f"{counts['kept']} documents, {counts['chars_kept']} characters, cleaned of {counts['read']} scraped ones.",
        "license": "other",
        "url": url or "./",
        "version": "1.0.0",
        "inLanguage": list(manifest["languages"]),
        "identifier": manifest["digest"],
        "datePublished": str(manifest.get("finished", ""))[:10],
        **_responsibility(manifest),
        "distribution": [_folder(url), *(_files(table) for table in filled)],
        "recordSet": [_records(table, facts) for table, facts in filled.items()],
    }  # fmt: skip


def _responsibility(manifest: Mapping[str, Any]) -> dict[str, Any]:
    settings, counts = manifest["settings"], manifest["counts"]
    steps = [
        "Bytes decoded, mojibake repaired; repairs are listed in documents/.",
        f"Site chrome removed (strictness {settings.get('chrome')}); every removed span stands in removed/ with rule and evidence.",
        "Language detected by paragraph.",
        f"Near-duplicates withheld from a Jaccard similarity of {settings.get('threshold')} over word 5-grams; {counts['duplicate']} documents.",
        f"{counts['filtered']} documents withheld by the owner's filters, {counts['rejected']} rejected; reasons stand in documents/.",
    ]
    masked = settings.get("mask")
    personal = (
        f"Values of these kinds were masked: {', '.join(masked)}."
        if masked
        else "Not masked: texts hold what the pages hold, such as names and addresses of persons."
    )
    return {
        "rai:dataCollection": f"{counts['read']} documents that the owner scraped or exported; cleanse fetches nothing.",
        "rai:dataCollectionType": ["Web Scraping"],
        "rai:dataPreprocessingProtocol": steps,
        "rai:dataLimitations": [_LIMITS],
        "rai:personalSensitiveInformation": [personal],
        "rai:dataSocialImpact": "Filters and deduplication change which sites and people are heard; withheld/ shows whom.",
    }  # fmt: skip


def _folder(url: str | None) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "folder",
        "name": "folder",
        "description": "The output folder of cleanse.",
        "contentUrl": url or "./",
        "encodingFormat": "git+https",
        "sha256": "https://github.com/mlcommons/croissant/issues/80",  # what Croissant writes for a repository
    }  # fmt: skip


def _files(table: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "containedIn": {"@id": "folder"},
        "encodingFormat": "application/vnd.apache.parquet",
        "includes": f"{table}/part-*.parquet",
    }


def _records(table: str, facts: TableFacts) -> dict[str, Any]:
    fields = []
    for column in facts.columns:
        listed = column.type.startswith("list<")
        field: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"{table}/{column.name}",
            "name": column.name,
            "description": column.about,
            "dataType": _TYPES.get(column.type[5:-1] if listed else column.type, "sc:Integer"),
            "source": {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": column.name}},
        }
        fields.append(field | ({"repeated": True} if listed else {}))
    return {"@type": "cr:RecordSet", "@id": table, "name": table, "field": fields}
