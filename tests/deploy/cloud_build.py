#!/usr/bin/env python3
"""cloudbuild.yaml is what Cloud Build and the Dockerfile understand: fields, substitutions, stages, arguments.

The fields are those of https://cloud.google.com/build/docs/build-config-file-schema.
"""
import re

import tree

yaml = tree.yaml_module()
FIELDS = {"steps", "timeout", "queueTtl", "logsBucket", "options", "substitutions", "tags", "serviceAccount",
          "availableSecrets", "artifacts", "images"}
STEP_FIELDS = {"name", "args", "env", "allowFailure", "allowExitCodes", "dir", "id", "waitFor", "entrypoint",
               "secretEnv", "volumes", "timeout", "script", "automapSubstitutions"}
OPTION_FIELDS = {"env", "secretEnv", "volumes", "sourceProvenanceHash", "machineType", "diskSizeGb",
                 "substitutionOption", "dynamicSubstitutions", "automapSubstitutions", "logStreamingOption", "logging",
                 "defaultLogsBucketBehavior", "pool", "requestedVerifyOption"}
GIVEN = {"PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION", "COMMIT_SHA", "SHORT_SHA", "REVISION_ID", "REPO_NAME",
         "BRANCH_NAME", "TAG_NAME", "TRIGGER_NAME", "SERVICE_ACCOUNT_EMAIL"}
PROMISED = {"_AR_HOSTNAME", "_AR_REPO", "_SERVICE_NAME", "_DEPLOY_REGION", "_PLATFORM"}
OF_BUILDKIT = {"BUILDKIT_INLINE_CACHE"}

build = yaml.safe_load((tree.ROOT / "cloudbuild.yaml").read_text())
dockerfile = (tree.ROOT / "Dockerfile").read_text()
faults = []


def texts(node):
    """Every string below `node`, but for the definitions of the substitutions."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key != "substitutions":
                yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


faults += [f"no field of a build: {name}" for name in set(build) - FIELDS]
faults += [f"no option: {name}" for name in set(build["options"]) - OPTION_FIELDS]
used = {name for text in texts(build) for name in re.findall(r"\$\{?([A-Z_]+)\}?", text)}
defined = set(build["substitutions"])
faults += [f"${name} is used and not defined" for name in used - defined - GIVEN]
faults += [f"{name} is defined and not used" for name in defined - used]
faults += [f"{name} is promised and not defined" for name in PROMISED ^ defined]

stages = set(re.findall(r"^FROM .* AS (\w+)$", dockerfile, re.M))
arguments = set(re.findall(r"^ARG (\w+)", dockerfile, re.M)) | OF_BUILDKIT
made, ids = set(), []
for step in build["steps"]:
    faults += [f"step {step.get('id')}: no field {name}" for name in set(step) - STEP_FIELDS]
    ids.append(step["id"])
    for argument in map(str, step["args"]):
        name, _, value = argument.partition("=")
        if name == "--target" and value not in stages:
            faults.append(f"the Dockerfile has no stage {value}")
        if name == "--build-arg" and value.partition("=")[0] not in arguments:
            faults.append(f"the Dockerfile has no ARG {value.partition('=')[0]}")
        if name == "--tag":
            made.add(value)
        if name == "--image" and value not in made:
            faults.append(f"deployed and not built: {value}")
if len(ids) != len(set(ids)):
    faults.append("two steps have the same id")
faults += [f"pushed and not built: {image}" for image in build["images"] if image not in made]
for tag in ("latest", "$COMMIT_SHA"):
    if not any(image.endswith(f":{tag}") for image in build["images"]):
        faults.append(f"no image is pushed as {tag}")
if "--allow-unauthenticated" not in build["steps"][-1]["args"]:
    faults.append("deployed without --allow-unauthenticated")
tree.finish(faults, "cloudbuild.yaml")
