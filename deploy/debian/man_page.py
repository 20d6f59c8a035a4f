#!/usr/bin/env python3
"""The manual page, from the program's --help.

  man_page.py PROGRAM VERSION > real-streaming.1
"""
import sys

import command_help


def escaped(text):
    """Roff takes a backslash and a line's first dot or quote for commands, and - for a hyphen."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def entries(title, listed):
    lines = [title] if listed and title else []
    for entry in listed:
        lines += [".TP", f".B {escaped(entry.name)}", escaped(entry.text)]
    return lines


def as_is(text):
    return [".nf", escaped(text), ".fi"]


def page(commands, version):
    main = commands[0]
    description = " ".join(main.summary.split())
    about, _, codes = main.footer.partition("Exit codes: ")
    lines = [f'.TH REAL-STREAMING 1 "" "Real Streaming {version}" "User Commands"',
             ".SH NAME", "real\\-streaming \\- web\\-analytics events into tables of GA4's export schema",
             ".SH SYNOPSIS", ".B real\\-streaming", "[OPTIONS] [COMMAND]",
             ".SH DESCRIPTION", escaped(description), ".PP", *as_is(about.strip())]
    lines += entries(".SH OPTIONS", main.options)
    lines.append(".SH COMMANDS")
    for command in commands[1:]:
        help_alone = len(command.options) == 1
        lines += [f".SS {escaped(command.usage)}", escaped(command.summary)]
        lines += entries("", command.positionals)
        lines += [] if help_alone else entries("", command.options[1:])
        if command.footer and not command.commands:
            lines += [".PP", *as_is(command.footer)]
    lines += [".SH SETTINGS",
              "Settings are environment variables or lines of an env file;",
              ".B real\\-streaming print\\-settings",
              "prints them all with their meaning, and",
              ".B real\\-streaming check\\-config",
              "those in effect.",
              ".SH EXIT STATUS", escaped(codes.strip()),
              ".SH FILES",
              ".TP", ".I /etc/real\\-streaming/real\\-streaming.env", "Settings of the service.",
              ".TP", ".I /var/lib/real\\-streaming", "Events, spool and dead letters of the service.",
              ".SH SEE ALSO", ".BR systemctl (1),", ".I /usr/share/doc/real\\-streaming"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(command_help.all_commands(sys.argv[1]), sys.argv[2]), end="")
