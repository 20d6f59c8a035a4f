#!/usr/bin/env python3
"""Completion for bash, from the program's --help.

  completion.py PROGRAM > real-streaming
"""
import sys

import command_help

HEAD = r"""# Completion of real-streaming for bash. Made from its --help.
_real_streaming() {
  local words path="" word previous=${COMP_WORDS[COMP_CWORD - 1]} current=${COMP_WORDS[COMP_CWORD]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
"""
MIDDLE = r"""    esac
  done
  case "$path $previous" in
    *" --env-file") mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
"""
TAIL = r"""  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _real_streaming real-streaming
"""


def script(commands):
    text = HEAD
    known = "|".join(f'"{path(command)}"' for command in commands[1:])
    text += f'      {known}) path="$path $word" ;;\n' + MIDDLE
    for command in commands:
        for option in filter(command_help.choices, command.options):
            for flag in command_help.flags(option):
                text += (f'    "{path(command)} {flag}") mapfile -t COMPREPLY < '
                         f'<(compgen -W "{" ".join(command_help.choices(option))}" -- "$current"); return ;;\n')
    text += '  esac\n  case "$path" in\n'
    for command in commands:
        words = [entry.name for entry in command.commands]
        words += [flag for option in command.options for flag in command_help.flags(option)]
        words += ["--env-file"] if command.words else []
        words += [word for entry in command.positionals for word in command_help.choices(entry)]
        text += f'    "{path(command)}") words="{" ".join(words)}" ;;\n'
    return text + TAIL


def path(command):
    return "".join(" " + word for word in command.words)


if __name__ == "__main__":
    print(script(command_help.all_commands(sys.argv[1])), end="")
