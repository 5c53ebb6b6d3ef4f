#!/usr/bin/env python3
"""Licences and components that a release names (packaging/components.py, describe_release): each once, and the same in each build.

usage: tests/packaging/licences.py [NAME...]
Last line: 'N passed, N failed'.
"""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "tests")]
import components  # noqa: E402
from robustness import run_tests  # noqa: E402

_loader = importlib.machinery.SourceFileLoader("describe_release", str(ROOT / "packaging/describe_release"))
describe_release = importlib.util.module_from_spec(importlib.util.spec_from_loader("describe_release", _loader))
_loader.exec_module(describe_release)

WORDS = "MIT License\n\nCopyright (c) {}\n\nPermission is hereby granted{}free of charge"
LACKS = {"name": "outref", "license": "MIT", "repository": "https://github.com/Nugine/simd"}


def test_words_from_another_crate_are_those_of_the_same_one():
    texts = {"a": [WORDS.format("A", ", ")], "b": ["no licence"], "c": [WORDS.format("C", ",\n")], "d": [WORDS.format("D", " ,")]}
    found = components.mit_text(LACKS, texts)
    assert found[0].startswith("MIT License\n\nCopyright (c) 2022 Nugine\n\nPermission"), found
    for first in texts:
        turned = {first: texts[first]} | {crate: texts[crate] for crate in reversed(texts) if crate != first}
        assert components.mit_text(LACKS, turned) == found, first


def test_a_licence_of_other_words_is_no_model():
    assert components.mit_text(LACKS | {"license": "Apache-2.0"}, {"a": [WORDS.format("A", ", ")]}) == []
    try:
        components.mit_text(LACKS, {"a": ["Apache License"]})
    except components.Unclear as error:
        assert "outref" in str(error), error
    else:
        raise AssertionError("it found words where there are none")


def test_what_is_in_two_places_is_one_component():
    twice = [components.Component("zlib", "1.3.2", "vendored", "Zlib", relation, texts=["as is\n"]) for relation in ("STATIC_LINK", "CONTAINS")]
    assert describe_release.licences_text(twice, "2.0.0").count("zlib 1.3.2: Zlib") == 1
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    document = describe_release.sbom(twice, pathlib.Path(__file__), "wws", "2.0.0")
    ids = [package["SPDXID"] for package in document["packages"]]
    assert len(ids) == len(set(ids)) == 2, json.dumps(document["packages"])
    assert [each["relationshipType"] for each in document["relationships"][2:]] == ["STATIC_LINK", "CONTAINS"], document


if __name__ == "__main__":
    sys.exit(run_tests(globals(), sys.argv[1:]))
