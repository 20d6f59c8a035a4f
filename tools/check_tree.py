#!/usr/bin/env python3
"""The rules of the tree that a compiler does not check. Run by ctest as `tree`.

  check_tree.py ROOT LAYERS

1. A file of src/ includes only the folders that its CMake DEPS name; a test also those of TEST_DEPS.
2. A source file of more than 500 lines says why in its first comment ("Long because ...").
3. Every header opens with #pragma once and a comment that says what it is for.
4. Our sources are ASCII, without tabs or trailing blanks.
5. No folder of src/ holds more than 60 files; bigquery, pubsub and duckdb do not include one another.
"""
import collections, pathlib, re, subprocess, sys

root, layers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
allowed, allowed_in_tests = {}, {}
destinations = {"bigquery", "pubsub", "duckdb"}
for line in layers.read_text().splitlines():
    folder, deps, test_deps = line.split(":")
    allowed[folder] = {folder, *filter(None, deps.split(";"))}
    allowed_in_tests[folder] = allowed[folder] | set(filter(None, test_deps.split(";")))

listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                        capture_output=True, text=True, check=True).stdout.split("\n")
code = [root / name for name in sorted(set(listed))
        if name.endswith((".h", ".cc", ".js", ".mjs", ".py", ".cmake", ".proto")) and (root / name).is_file()]
faults = []
for file in code:
    name = file.relative_to(root)
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > 500 and "Long because" not in "\n".join(lines[:12]):
        faults.append(f"{name}: {len(lines)} lines; over 500 the first comment must say 'Long because ...'")
    if file.suffix == ".h" and not (len(lines) > 1 and lines[0] == "#pragma once" and lines[1].startswith("// ")):
        faults.append(f"{name}:1: open with #pragma once and a comment")
    for number, line in enumerate(lines, 1):
        if not line.isascii() or "\t" in line or line != line.rstrip():
            faults.append(f"{name}:{number}: not ASCII, or a tab, or blanks at the end")
        used = re.match(r'#include "([a-z_]+)/', line)
        if name.parts[0] != "src" or not used or used[1] not in allowed:
            continue
        is_test = re.search(r"(_test\.cc|_fixture\.h)$", name.name)
        folders = (allowed_in_tests if is_test else allowed).get(name.parts[1], set())
        if used[1] not in folders or {used[1], name.parts[1]} <= destinations and used[1] != name.parts[1]:
            faults.append(f"{name}:{number}: src/{name.parts[1]} may not include src/{used[1]}")
sizes = collections.Counter(str(file.parent.relative_to(root / "src")) for file in code if file.is_relative_to(root / "src"))
faults += [f"src/{folder}: {size} files; over 60: split it" for folder, size in sizes.items() if size > 60]
print("\n".join(faults) or f"tree ok: {len(allowed)} folders, {len(code)} files")
sys.exit(bool(faults))
