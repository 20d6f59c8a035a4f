#!/usr/bin/env python3
"""deploy/cloud-run/service.yaml: every field is one of Cloud Run's, every variable a setting, and the program takes them.

The fields are those of https://cloud.google.com/run/docs/reference/yaml/v1, as far as the file uses them.
"""
import json, os, subprocess

import tree

yaml = tree.yaml_module()
PROBE = {"httpGet": {"path": str, "port": int}, "periodSeconds": int, "timeoutSeconds": int, "failureThreshold": int}
CONTAINER = {"name": str, "image": str, "ports": [{"name": str, "containerPort": int}],
             "env": [{"name": str, "value": str}], "resources": {"limits": {"cpu": str, "memory": str}},
             "startupProbe": PROBE, "livenessProbe": PROBE}
SERVICE = {
    "apiVersion": str, "kind": str,
    "metadata": {"name": str, "annotations": {"run.googleapis.com/ingress": str}},
    "spec": {
        "template": {
            "metadata": {"annotations": {
                "autoscaling.knative.dev/minScale": str, "autoscaling.knative.dev/maxScale": str,
                "run.googleapis.com/cpu-throttling": str, "run.googleapis.com/startup-cpu-boost": str,
                "run.googleapis.com/execution-environment": str}},
            "spec": {"containerConcurrency": int, "timeoutSeconds": int, "serviceAccountName": str,
                     "containers": [CONTAINER]}},
        "traffic": [{"percent": int, "latestRevision": bool}]}}
MEMORY = {"Mi": 1 << 20, "Gi": 1 << 30}
faults = []


def compare(value, shape, path):
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            faults.append(f"{path} is no mapping")
            return
        for name, part in value.items():
            if name in shape:
                compare(part, shape[name], f"{path}.{name}")
            else:
                faults.append(f"Cloud Run knows no {path}.{name}")
    elif isinstance(shape, list):
        for index, part in enumerate(value):
            compare(part, shape[0], f"{path}[{index}]")
    elif type(value) is not shape:
        faults.append(f"{path} must be {shape.__name__}, is {value!r}")


def settings_in_effect(variables):
    """What the program makes of them on Cloud Run: {name: value}."""
    environment = {"PATH": os.environ["PATH"], "K_SERVICE": "real-streaming", "PORT": "8080",
                   "WRITERS__DATA_DIR": "/tmp", **variables}
    for name in ("PROJECT_ID", "DATASET_ID"):  # The words that a user replaces.
        environment = {key: value.replace(name, "my-project-1" if name == "PROJECT_ID" else "web")
                       for key, value in environment.items()}
    done = subprocess.run([tree.program(), "check-config", "--format", "json"], env=environment, cwd="/",
                          capture_output=True, text=True)
    if done.returncode != 0:
        faults.append(f"check-config does not take its settings: {done.stdout}{done.stderr}")
        return {}
    answer = json.loads(done.stdout)
    faults.extend(answer["notes"])
    return {setting["name"]: setting["value"] for setting in answer["settings"]}


service = yaml.safe_load((tree.ROOT / "deploy/cloud-run/service.yaml").read_text())
compare(service, SERVICE, "")
spec = service["spec"]["template"]["spec"]
container = spec["containers"][0]
port = container["ports"][0]["containerPort"]
for name in ("startupProbe", "livenessProbe"):
    probe = container[name]
    if probe["httpGet"] != {"path": "/healthz", "port": port}:
        faults.append(f"{name} must ask /healthz at the container's port")
    if probe["timeoutSeconds"] > probe["periodSeconds"] or probe["periodSeconds"] * probe["failureThreshold"] > 240:
        faults.append(f"{name}: Cloud Run wants timeoutSeconds <= periodSeconds, and 240 s at most for all tries")
if f"EXPOSE {port}\n" not in (tree.ROOT / "Dockerfile").read_text():
    faults.append("the image listens on another port")
if not 1 <= spec["containerConcurrency"] <= 1000:
    faults.append("containerConcurrency is 1 to 1000")

effect = settings_in_effect({entry["name"]: entry["value"] for entry in container["env"]})
if effect:
    if effect["WRITERS__ACK"] != "delivered":
        faults.append("on Cloud Run a 200 must mean delivered")
    if float(effect["RUN__ACK_TIMEOUT"]) >= spec["timeoutSeconds"]:
        faults.append("Cloud Run would give up before the program does")
    memory = container["resources"]["limits"]["memory"]
    if 2 * int(effect["WRITERS__MAX_QUEUE_BYTES"]) > int(memory[:-2]) * MEMORY[memory[-2:]]:
        faults.append("what may be held takes more than half of the memory")
tree.finish(faults, "service.yaml")
