#!/usr/bin/env python3
"""The objects of deploy/kubernetes: valid by the schemas of Kubernetes, in agreement with each other, with the image and
with the server.

usage: kubernetes.py --wws BINARY [--rendered] [NAME...]
--rendered: kustomize and helm have to be there (scripts/setup_deploy); without it what needs them is left out if they are not.
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where the validator is missing (scripts/setup tests).
"""
import argparse
import contextlib
import copy
import http.client
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import tomllib

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wws-build"
try:
    import kubernetes_validate
    import yaml
except ModuleNotFoundError:
    # scripts/setup has it in an environment of its own.
    if (CACHE / "venv/bin/python").exists() and pathlib.Path(sys.prefix) != CACHE / "venv":
        os.execv(CACHE / "venv/bin/python", [CACHE / "venv/bin/python", *sys.argv])
    print("the Python package kubernetes-validate is missing (scripts/setup tests)")
    sys.exit(77)

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "scripts")]
from docs_pages import ROOT, project, version  # noqa: E402
from robustness import LeftOut, Server, run_tests, until  # noqa: E402

HERE = ROOT / "deploy/kubernetes"
OVERLAY, CHART = HERE / "overlays/shop", HERE / "chart"
# The oldest that the chart takes, and the newest that there are schemas of.
VERSIONS = (re.search(r'kubeVersion: ">=(\d+\.\d+)\.', (CHART / "Chart.yaml").read_text())[1],
            kubernetes_validate.latest_version())
# helm does not know for which cluster it is, and takes the oldest that it was made for.
TEMPLATE = ("template", "wws", CHART, "--kube-version", VERSIONS[0] + ".0")
TOOLS = CACHE / "deploy/bin"
IS_RENDERED_WANTED = None


def base():
    """The objects as they are in their files, by kind."""
    names = yaml.safe_load((HERE / "base/kustomization.yaml").read_text())["resources"]
    files = {path.name for path in (HERE / "base").glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(names), "kustomization.yaml does not name all files of the base"
    return by_kind(document for name in names for document in yaml.safe_load_all((HERE / "base" / name).read_text()))


def by_kind(objects):
    found = {}
    for thing in objects:
        assert thing["kind"] not in found, thing["kind"]
        found[thing["kind"]] = thing
    return found


def tool(name, *arguments):
    """What a program says, of the deployment's tools."""
    program = TOOLS / name
    if not program.exists():
        assert not IS_RENDERED_WANTED, f"{program} is missing: scripts/setup_deploy"
        raise LeftOut(f"{name} is not installed (scripts/setup_deploy)")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, HOME="/nonexistent"))


def rendered(name, *arguments):
    done = tool(name, *arguments)
    assert done.returncode == 0, done.stderr
    return by_kind(thing for thing in yaml.safe_load_all(done.stdout) if thing)


def by_kustomize(folder):
    return rendered("kustomize", "build", folder)


def by_helm(*arguments):
    return rendered("helm", *TEMPLATE, *arguments)


def assert_valid(objects):
    for thing in objects.values():
        for one in VERSIONS:
            kubernetes_validate.validate(thing, one, strict=True)


def pod(objects):
    return objects["Deployment"]["spec"]["template"]


def container(objects):
    [only] = pod(objects)["spec"]["containers"]
    return only


def options(objects):
    """The server's options, by their names; its folder has none."""
    return dict(text.split("=", 1) if "=" in text else (None, text) for text in container(objects)["args"])


def assert_agrees(objects):
    """What names something in another object, or selects it."""
    labels, spec = pod(objects)["metadata"]["labels"], pod(objects)["spec"]
    name = objects["Deployment"]["metadata"]["name"]
    selectors = [objects["Deployment"]["spec"]["selector"]["matchLabels"], objects["Service"]["spec"]["selector"],
                 objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
                 objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
                 *(spread["labelSelector"]["matchLabels"] for spread in spec["topologySpreadConstraints"])]
    assert all(selector == labels for selector in selectors), (labels, selectors)
    assert {thing["metadata"]["name"] for thing in objects.values()} == {name}
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}, target
    assert "replicas" not in objects["Deployment"]["spec"], "two would decide how many there are"

    ports = {port["name"]: port["containerPort"] for port in container(objects)["ports"]}
    assert {port["targetPort"] for port in objects["Service"]["spec"]["ports"]} <= set(ports), ports
    for rule in objects["NetworkPolicy"]["spec"]["ingress"]:
        assert {port["port"] for port in rule["ports"]} <= set(ports), ports
    assert ports["http"] == int(options(objects)["--port"])
    assert {probe["httpGet"]["port"] for probe in probes(objects).values()} == {"admin"}

    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container(objects)["volumeMounts"]}
    assert volumes.keys() == mounts.keys()
    assert volumes["config"]["configMap"]["name"] == objects["ConfigMap"]["metadata"]["name"]
    assert options(objects)["--config"] == mounts["config"] + "/wws.toml"
    assert file_of(objects)["kv"]["password_file"] == mounts["secrets"] + "/redis-password"
    assert options(objects)["--admin-token-file"] == mounts["secrets"] + "/admin-token"
    assert ports["admin"] == int(options(objects)["--admin"].rsplit(":", 1)[1])


def probes(objects):
    return {name: container(objects)[name] for name in ("startupProbe", "livenessProbe", "readinessProbe")}


def file_of(objects):
    return tomllib.loads(objects["ConfigMap"]["data"]["wws.toml"])


def assert_ends_in_time(objects):
    leave = container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert leave + int(options(objects)["--stop-time"]) < pod(objects)["spec"]["terminationGracePeriodSeconds"]


def without_namespace(objects):
    objects = copy.deepcopy(objects)
    for thing in objects.values():
        thing["metadata"].pop("namespace", None)
    return objects


def test_every_object_is_valid(_):
    assert_valid(base())
    wrong = base()
    wrong["Deployment"]["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with contextlib.suppress(kubernetes_validate.ValidationError):
        assert_valid(wrong)
        raise AssertionError("a key that there is not was taken")


def test_objects_agree(_):
    assert_agrees(base())
    assert_ends_in_time(base())


def test_the_image_is_ours_and_runs_as_it_says(_):
    assert container(base())["image"] == f"{project()['WWS_IMAGE']}:{version()}"
    [user] = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "packaging/Dockerfile").read_text(), re.MULTILINE)
    security = pod(base())["spec"]["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"]) == tuple(map(int, user)), security
    assert security["fsGroup"] == security["runAsGroup"], "it could not read its secrets"


def test_a_pod_has_no_right_that_it_does_not_need(_):
    """The profile "restricted" of Kubernetes' pod security standards, and a root that nobody writes to."""
    spec, security = pod(base())["spec"], container(base())["securityContext"]
    assert security == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert all(mount["readOnly"] for mount in container(base())["volumeMounts"])


def test_the_server_takes_what_it_is_given(wws):
    """Its arguments and its file, but for what is the cluster's: ports, places of files, and a Redis, of this machine. Probes
    find it well, and the autoscaler's metric is there."""
    objects = base()
    with tempfile.TemporaryDirectory() as folder:
        config, password, token = (pathlib.Path(folder) / name for name in ("wws.toml", "redis-password", "admin-token"))
        password.write_text("secret\n")
        token.write_text("0123456789abcdef0123456789abcdef\n")
        config.write_text(objects["ConfigMap"]["data"]["wws.toml"]
                          .replace(file_of(objects)["kv"]["password_file"], str(password))
                          .replace("redis://redis:6379", "redis://127.0.0.1:1"))
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            admin = sock.getsockname()[1]
        places = {"--config": config, "--admin-token-file": token, "--admin": f"127.0.0.1:{admin}"}
        given = [f"{name}={places.get(name, value)}" for name, value in options(objects).items()
                 if name not in (None, "--host", "--port")]

        def ask(path, **fields):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", admin, timeout=60)) as client:
                client.request("GET", path, headers=fields)
                answer = client.getresponse()
                return answer.status, answer.read().decode()

        with Server(wws, *given, guests=["hello"]) as server:
            assert server.get("/hello") == (200, b"hello")
            for probe in probes(objects).values():
                until(lambda: ask(probe["httpGet"]["path"])[0] == 200, "a probe")
            assert ask("/metrics")[0] == 401
            status, text = ask("/metrics", Authorization="Bearer " + token.read_text().strip())
            assert status == 200
            for metric in objects["HorizontalPodAutoscaler"]["spec"]["metrics"]:
                assert metric["type"] != "Pods" or "\n" + metric["pods"]["metric"]["name"] + " " in text, metric
            assert server.stop() == 0, server.log()


def test_the_adapter_answers_for_the_autoscalers_metric(_):
    [rule] = yaml.safe_load((HERE / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    asked = [metric["pods"]["metric"]["name"] for metric in base()["HorizontalPodAutoscaler"]["spec"]["metrics"]
             if metric["type"] == "Pods"]
    assert asked == [rule["name"]["as"]] and rule["seriesQuery"].startswith(asked[0] + "{"), (asked, rule)


def test_kustomize_makes_what_is_in_the_files(_):
    assert by_kustomize(HERE / "base") == base()


def test_an_overlay_is_as_good(_):
    objects = by_kustomize(OVERLAY)
    assert {thing["metadata"]["namespace"] for thing in objects.values()} == {"shop"}
    assert_valid(objects)
    assert_agrees(objects)
    assert container(objects)["image"] == "registry.example.com/shop/web:17"
    assert "?prefix=shop" in file_of(objects)["kv"]["place"]


def test_helm_makes_the_same_objects(_):
    assert by_helm() == base()
    assert by_helm("--values", OVERLAY / "values.yaml") == without_namespace(by_kustomize(OVERLAY))


def test_values_make_valid_objects(_):
    with tempfile.TemporaryDirectory() as folder:
        values = pathlib.Path(folder) / "values.yaml"
        values.write_text("""
image: {pullPolicy: Always}
projectVolume: {persistentVolumeClaim: {claimName: site, readOnly: true}}
processes: 4
stopTime: 60
leaveTime: 10
redis: {url: "rediss://wws@redis.example.com", podLabels: null, port: 6380}
config: |
  time_limit = "500ms"

  [limits]
  time = "20s"
secretName: other
networkPolicy: {egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: 443}]}]}
""")
        objects = by_helm("--values", values)
    assert_valid(objects)
    assert_ends_in_time(objects)
    assert file_of(objects) == {"kv": {"place": "rediss://wws@redis.example.com", "time_limit": "500ms",
                                       "password_file": "/etc/wws/secrets/redis-password"}, "limits": {"time": "20s"}}
    mounts = {mount["name"]: mount for mount in container(objects)["volumeMounts"]}
    assert mounts["project"] == {"name": "project", "mountPath": "/app", "readOnly": True}
    assert "to" not in objects["NetworkPolicy"]["spec"]["egress"][1]


def test_the_chart_refuses_what_it_does_not_know(_):
    for wrong in ("replicas=3", "processes=0", "processes=two", "redis.url=http://redis",
                  "redis.url=redis://:secret@redis", "image.pullPolicy=Sometimes", "projectVolume.name=site"):
        done = tool("helm", *TEMPLATE, "--set", wrong)
        assert done.returncode != 0 and "values don't meet the specifications" in done.stderr, (wrong, done.stderr)
    assert tool("helm", "lint", "--strict", "--kube-version", VERSIONS[0] + ".0", CHART).returncode == 0


def main():
    global IS_RENDERED_WANTED
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--rendered", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    IS_RENDERED_WANTED = arguments.rendered
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
