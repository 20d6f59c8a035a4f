#!/usr/bin/env python3
"""What the Debian package gets from the program itself: manual page, completion, settings file; and its unit's rules.

The package as a whole is tried by deploy/try-package.
"""
import os, pathlib, re, shutil, subprocess, sys, tempfile

import tree

sys.dont_write_bytecode = True
PACKAGE = tree.ROOT / "deploy/debian"
EXPOSURE_MAX = 2.0  # Of systemd-analyze security; 0 is a program that can do nothing, 10 one without any rule.
faults = []


def made(script, *arguments):
    return subprocess.run([sys.executable, PACKAGE / script, tree.program(), *arguments], capture_output=True, text=True,
                          check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}).stdout


def check_manual(folder):
    page = folder / "real-streaming.1"
    page.write_text(made("man_page.py", "1.2.3"))
    help_text = subprocess.run([tree.program(), "--help"], capture_output=True, text=True, check=True).stdout
    listed = help_text.split("Subcommands:\n")[1].split("\n\n")[0]
    for command in re.findall(r"^  ([a-z-]+) {2,}", listed, re.M):
        if f".SS real-streaming {command} " not in page.read_text().replace("\\-", "-"):
            faults.append(f"the manual lacks {command}")
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True,
                              text=True, env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"})
        if done.stderr:
            faults.append(f"man: {done.stderr.strip()}")


def check_completion(folder):
    script = folder / "completion"
    script.write_text(made("completion.py"))
    for words, expected in ((["que"], "query"), (["dead-letters", "re"], "replay"), (["query", "--for"], "--format"),
                            (["query", "--format", "cs"], "csv"), (["print-setup", "pu"], "pubsub"),
                            (["--env"], "--env-file")):
        line = " ".join(f"'{word}'" for word in ["real-streaming", *words])
        done = subprocess.run(["bash", "-euc", f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
                               '_real_streaming; echo "${COMPREPLY[*]}"'], capture_output=True, text=True)
        if done.stdout.strip() != expected:
            faults.append(f"completion of {' '.join(words)} gives {done.stdout.strip()!r} {done.stderr}, not {expected}")


def check_settings_file(folder):
    file = folder / "real-streaming.env"
    file.write_text(made("env_file.py"))
    active = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    if active != ["APP_CONFIG__ENVIRONMENT=production", "APP_CONFIG__WRITERS__DATA_DIR=/var/lib/real-streaming"]:
        faults.append(f"the settings file sets {active}")
    done = subprocess.run([tree.program(), "--env-file", file, "check-config"], env={"PATH": os.environ["PATH"]},
                          capture_output=True, text=True)
    if done.returncode != 0:
        faults.append(f"the settings file is not taken: {done.stdout}")


def check_unit(folder):
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze: the unit is not judged")
        return
    unit = folder / "real-streaming.service"
    text = (PACKAGE / unit.name).read_text()
    unit.write_text(text.replace("ExecStart=/usr/bin/real-streaming", f"ExecStart={tree.program()}"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if unit.name in line]
    if done.returncode != 0 or ours:
        faults.append(f"systemd-analyze verify: {done.returncode} {' '.join(ours)}")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit], capture_output=True,
                          text=True)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None or float(found[1]) > EXPOSURE_MAX:
        faults.append(f"systemd-analyze security: {found[0] if found else done.stderr}, at most {EXPOSURE_MAX}")
    else:
        print(found[0])


with tempfile.TemporaryDirectory() as name:
    for check in (check_manual, check_completion, check_settings_file, check_unit):
        check(pathlib.Path(name))
tree.finish(faults, "parts of the package")
