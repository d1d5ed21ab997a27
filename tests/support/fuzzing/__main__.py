"""
Fuzz with atheris, which follows what code each input reaches: ``make fuzz``, ``make fuzz TYPE=json MINUTES=1``.

Each target runs in a process of its own. A finding ends it with the input in a file, and the command that replays it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY_MB = 1500
SLOWEST_S = 60
"""One input that takes longer is a finding; a run shares its core with others."""

LONGEST_BYTES = 20_000


def main() -> int:
    """Return 0 when every target ran its time without a finding, 1 when one found something."""
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument("names", metavar="TARGET", nargs="*", help="default: every one")
    parser.add_argument("--minutes", type=float, default=10, help="per target (default: %(default)s)")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="where inputs are left")
    parser.add_argument("--replay", type=Path, help="check this one input of the one TARGET, without atheris")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        _fuzz(options.names[0], options.minutes, options.findings, options.inside)

    from fuzzing.targets import targets

    known = targets()
    names = options.names or list(known)
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"no target {', '.join(unknown)}; there are: {', '.join(known)}")
    if options.replay is not None:
        for name in names:
            known[name].check(options.replay.read_bytes())
        return 0
    return max(_run(name, options.minutes, options.findings) for name in names)


def _run(name: str, minutes: float, findings: Path) -> int:
    """Fuzz one target in a process of its own; the seeds are its first inputs."""
    from fuzzing.targets import targets

    target = targets()[name]
    folder = findings / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        corpus = Path(temporary) / "inputs"
        corpus.mkdir()
        for number, seed in enumerate(target.seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
        lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"' for word in target.words]
        corpus.with_name("words").write_text("\n".join(lines))
        command = [sys.executable, "-m", "fuzzing", name, f"--minutes={minutes}", f"--findings={folder}"]
        ended = subprocess.run([*command, f"--inside={corpus}"], check=False).returncode
    if ended == 0:
        print(f"{name}: {minutes:g} minutes without a finding", flush=True)
        return 0
    print(f"{name}: a finding; its input is in {folder}. Replay it with:", flush=True)
    for file in sorted(folder.iterdir()):
        print(f"  PYTHONPATH=tests/support .venv/bin/python -m fuzzing {name} --replay {file}", flush=True)
    return 1


def _fuzz(name: str, minutes: float, findings: Path, corpus: Path) -> None:
    """Hand over to libFuzzer, which ends this process."""
    import atheris

    with atheris.instrument_imports(include=["httpreceiver_workflow", "pydicom", "jsonpath"]):
        from fuzzing.targets import targets

        check = targets()[name].check
    arguments = [
        sys.argv[0],
        f"-max_total_time={int(minutes * 60)}",
        f"-max_len={LONGEST_BYTES}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={SLOWEST_S}",
        f"-artifact_prefix={findings}/",
        f"-dict={corpus.with_name('words')}",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(arguments, check)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
