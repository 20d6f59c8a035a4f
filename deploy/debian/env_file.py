#!/usr/bin/env python3
"""The settings file of the service, from `print-settings`: everything as a comment, but what a service needs.

  env_file.py PROGRAM > real-streaming.env
"""
import subprocess, sys

HEAD = """\
# Settings of the service real-streaming. After a change: systemctl restart real-streaming
#
# To see what is in effect, or every mistake:
#   real-streaming --env-file /etc/real-streaming/real-streaming.env check-config
#
# Every name also works without APP_CONFIG__ and in any case. An empty value is the same as none. Lists are
# comma-separated or JSON arrays. Values may be quoted with ' or "; variables are not replaced.
"""
SET = {"APP_CONFIG__ENVIRONMENT": ("QA", "production"),
       "APP_CONFIG__WRITERS__DATA_DIR": ("./data", "/var/lib/real-streaming")}

text = subprocess.run([sys.argv[1], "print-settings"], capture_output=True, text=True, check=True).stdout
settings = HEAD + text[text.index("\n\n## "):]
for name, (default, value) in SET.items():
    assert settings.count(f"#{name}={default}\n") == 1, name
    settings = settings.replace(f"#{name}={default}\n", f"{name}={value}\n")
print(settings, end="")
