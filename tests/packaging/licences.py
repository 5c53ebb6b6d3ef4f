#!/usr/bin/env python3
"""Texts of licences in a release (packaging/components.py): the same whatever order the crates come in.

usage: tests/packaging/licences.py [NAME...]
Last line: 'N passed, N failed'.
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "tests")]
import components  # noqa: E402
from robustness import run_tests  # noqa: E402

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


if __name__ == "__main__":
    sys.exit(run_tests(globals(), sys.argv[1:]))
