#!/usr/bin/env python3
"""docs/operating.md names every metric and every alert, with its kind; alerts and text use no other names."""
import re

import tree

yaml = tree.yaml_module()
PREFIX = "real_streaming_"
source = (tree.ROOT / "src/pages/metrics.cc").read_text()
text = (tree.ROOT / "docs/operating.md").read_text()
alerts_text = (tree.ROOT / "deploy/alerts.yaml").read_text()
faults = []

families = dict(re.findall(r'\.family\(\s*"(\w+)",\s*Type::k(\w+)', source))
families = {name: kind.lower() for name, kind in families.items()}
if len(families) < 40 or source.count(".family(") != len(families):
    faults.append("src/pages/metrics.cc has families that this test does not find")
listed = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram)(?:, (?:remote|spool))? \| ", text, re.M)
for name, kind in listed:
    if families.get(name) != kind:
        faults.append(f"docs/operating.md: {name} is {families.get(name, 'no metric')}, not {kind}")
faults += [f"docs/operating.md lacks {name}" for name in set(families) - {name for name, _ in listed}]
for where, words in (("docs/operating.md", text), ("deploy/alerts.yaml", alerts_text)):
    for name in re.findall(PREFIX + r"(\w+\b)", words):
        if name not in families and not name.endswith("_"):
            faults.append(f"{where} uses {PREFIX}{name}, which is no metric")

for metric, names in (("events_refused_total", "src/delivery/accounting.h"),
                      ("http_refused_requests_total", "src/http/stats.cc")):
    reasons = set(re.findall(r'return "(\w+)";', (tree.ROOT / names).read_text())) - {"unknown"}
    shown = re.search(rf"`{metric}` .*?by `reason`: (.*?);", text)[1]
    if set(re.findall(r"`(\w+)`", shown)) != reasons:
        faults.append(f"docs/operating.md: the reasons of {metric} are {sorted(reasons)}")
    for group in re.findall(rf'{metric}{{reason=~"([^"]+)"', alerts_text):
        faults += [f"deploy/alerts.yaml: {metric} has no reason {name}" for name in set(group.split("|")) - reasons]

rules = [rule for group in yaml.safe_load(alerts_text)["groups"] for rule in group["rules"]]
for rule in rules:
    faults += [f"alert {rule['alert']} has no {name}" for name in ("expr", "labels", "annotations") if name not in rule]
    faults += [f"alert {rule['alert']}: no field {name}"
               for name in set(rule) - {"alert", "expr", "for", "labels", "annotations"}]
    row = re.search(rf"^\| `{rule['alert']}` \| (\w+) \|", text, re.M)
    if row is None or row[1] != rule["labels"]["severity"]:
        faults.append(f"docs/operating.md lacks the alert {rule['alert']}, or has another severity")
documented = set(re.findall(r"^\| `(RealStreaming\w+)` \|", text, re.M))
faults += [f"docs/operating.md: {name} is no alert" for name in documented - {rule["alert"] for rule in rules}]
tree.finish(faults, "metrics and alerts")
