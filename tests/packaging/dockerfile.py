"""Reads the instructions of a Dockerfile that packaging/Dockerfile uses; any other is an error."""
import json
import re
import shlex

KNOWN = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "ARG", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
         "LABEL"}


class Stage:
    """What one stage says: its steps in their order, and what the image is configured with."""

    def __init__(self, base, name):
        self.base, self.name = base, name
        self.steps = []  # (instruction, rest)
        self.workdir, self.user, self.stop_signal = "/", "0:0", "SIGTERM"
        self.entrypoint, self.command, self.health = [], [], []
        self.health_options, self.environment, self.arguments, self.labels = {}, {}, {}, {}


def logical_lines(text):
    """Lines without comments, continued ones as one."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [line for line in joined.splitlines() if line.strip()]


def read_health(stage, rest):
    options = dict(re.findall(r"--([a-z-]+)=(\S+)", rest))
    stage.health_options = options
    stage.health = exec_form(rest[rest.index("CMD") + len("CMD"):])


def exec_form(text):
    """["a", "b"]: what needs no shell. The other form is an error, since the image has none."""
    words = json.loads(text)
    assert words and all(isinstance(word, str) for word in words), text
    return words


def pairs(text):
    return dict(word.split("=", 1) for word in shlex.split(text))


def parse(text):
    stages = []
    for line in logical_lines(text):
        instruction, rest = line.split(None, 1)
        assert instruction in KNOWN, f"tests/packaging/dockerfile.py does not know {instruction}"
        if instruction == "FROM":
            base, name = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest).groups()
            stages.append(Stage(base, name))
            continue
        stage = stages[-1]
        if instruction in ("RUN", "COPY"):
            stage.steps.append((instruction, rest, stage.workdir))
        elif instruction == "WORKDIR":
            stage.workdir = rest
        elif instruction == "ENV":
            stage.environment |= pairs(rest)
        elif instruction == "ARG":
            name, _, default = rest.partition("=")
            stage.arguments[name] = shlex.split(default)[0] if default else ""
        elif instruction == "LABEL":
            stage.labels |= pairs(rest)
        elif instruction == "USER":
            stage.user = rest
        elif instruction == "STOPSIGNAL":
            stage.stop_signal = rest
        elif instruction == "HEALTHCHECK":
            read_health(stage, rest)
        elif instruction == "ENTRYPOINT":
            stage.entrypoint = exec_form(rest)
        elif instruction == "CMD":
            stage.command = exec_form(rest)
    return stages
