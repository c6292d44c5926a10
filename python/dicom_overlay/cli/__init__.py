"""The command `dicom-overlay`. Needs the extra `cli`."""

__all__ = ["main"]


def main() -> None:
    """Run the command."""
    try:
        from .app import app  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "numpy", "PIL"}:
            raise
        msg = 'the command needs the extra: pip install "dicom-overlay[cli]"'
        raise SystemExit(msg) from error
    app()
