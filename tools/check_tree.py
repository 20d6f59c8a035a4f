#!/usr/bin/env python3
"""The rules of the tree that a compiler does not check. Run by ctest as `tree`.

  check_tree.py ROOT LAYERS

1. A file of src/ includes only the folders that its CMake DEPS name.
2. No source file is longer than 400 lines.
3. Every header opens with #pragma once and a comment that says what it is for.
4. Our sources are ASCII, without tabs or trailing blanks.
"""
import pathlib, re, subprocess, sys

root, layers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
allowed = {}
for line in layers.read_text().splitlines():
    folder, _, deps = line.partition(":")
    allowed[folder] = {folder, *filter(None, deps.split(";"))}

listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                        capture_output=True, text=True, check=True).stdout.split("\n")
code = [root / name for name in sorted(set(listed))
        if name.endswith((".h", ".cc", ".js", ".mjs", ".py", ".cmake", ".proto")) and (root / name).is_file()]
faults = []
for file in code:
    name = file.relative_to(root)
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > 400:
        faults.append(f"{name}: {len(lines)} lines; split it at 400")
    if file.suffix == ".h" and not (len(lines) > 1 and lines[0] == "#pragma once" and lines[1].startswith("// ")):
        faults.append(f"{name}:1: open with #pragma once and a comment")
    for number, line in enumerate(lines, 1):
        if not line.isascii() or "\t" in line or line != line.rstrip():
            faults.append(f"{name}:{number}: not ASCII, or a tab, or blanks at the end")
        used = re.match(r'#include "([a-z_]+)/', line)
        if name.parts[0] == "src" and used and used[1] in allowed and used[1] not in allowed.get(name.parts[1], {}):
            faults.append(f"{name}:{number}: src/{name.parts[1]} may not include src/{used[1]}")
print("\n".join(faults) or f"tree ok: {len(allowed)} folders, {len(code)} files")
sys.exit(bool(faults))
