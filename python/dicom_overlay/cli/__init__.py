"""The command `dicom-overlay`. Needs the extra `cli`."""


def main() -> None:
    """Run the command."""
    try:
        from .entry import run_command  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "numpy", "PIL"}:
            raise
        msg = 'the command needs the extra: pip install "dicom-overlay[cli]"'
        raise SystemExit(msg) from error
    raise SystemExit(run_command())
