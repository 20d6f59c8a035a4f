"""What the program says of its commands, read from its --help: for the manual page and the completion."""
import dataclasses, re, subprocess

SECTIONS = {"Positionals:": "positionals", "Options:": "options", "Subcommands:": "commands"}


@dataclasses.dataclass
class Entry:
    name: str  # As --help has it: "-h,--help", "--format TEXT:{table,json,csv}=table", "query".
    text: str


@dataclasses.dataclass
class Command:
    words: list  # How it is called, without the program: ["dead-letters", "list"].
    summary: str
    usage: str
    positionals: list = dataclasses.field(default_factory=list)
    options: list = dataclasses.field(default_factory=list)
    commands: list = dataclasses.field(default_factory=list)  # Of Entry.
    footer: str = ""


def read(program, words=()):
    text = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout
    summary, rest = text.split("\nUsage: ", 1)
    usage, _, rest = rest.partition("\n")
    command = Command(list(words), summary, usage)
    entries, footer = None, []
    for line in rest.splitlines():
        if not footer and line in SECTIONS:
            entries = getattr(command, SECTIONS[line])
        elif not footer and entries is not None and (entry := re.match(r"  (\S.*?)(?:\s{2,}(\S.*))?$", line)):
            entries.append(Entry(entry[1], entry[2] or ""))
        elif not footer and entries and re.match(r"\s{20,}\S", line):
            entries[-1].text = f"{entries[-1].text} {line.strip()}".strip()
        elif line or footer:
            footer.append(line)
    command.footer = "\n".join(footer).strip("\n")
    return command


def all_commands(program, words=()):
    """The program itself, then every command, depth first."""
    command = read(program, words)
    found = [command]
    for entry in command.commands:
        found += all_commands(program, (*words, entry.name))
    return found


def flags(entry):
    """The names of an option: ["-h", "--help"]."""
    return [name for name in entry.name.split()[0].split(",") if name.startswith("-")]


def choices(entry):
    """The words an option takes, when there are only these."""
    found = re.search(r"\{([^}]*)\}", entry.name)
    return found[1].split(",") if found else []


def takes_value(entry):
    return " " in entry.name
