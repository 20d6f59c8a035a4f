"""What the tests of this folder share: where things are, and how a test ends."""
import os, pathlib, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # tests/CMakeLists.txt: SKIP_RETURN_CODE


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def program():
    """The release binary: what ships."""
    path = pathlib.Path(os.environ.get("REAL_STREAMING_BIN", ROOT / "build/release/real-streaming"))
    return path if path.exists() else skip(f"no {path}: run ./dev build")


def yaml_module():
    try:
        import yaml
        return yaml
    except ImportError:
        return skip("no python3-yaml")


def finish(faults, what):
    print("\n".join(faults) or f"{what}: fine")
    sys.exit(bool(faults))
