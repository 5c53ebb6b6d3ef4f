"""A disk whose fdatasync takes longer, for the store of a server that is measured or tested."""
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "slow_sync.c"


def slow_disk(folder, milliseconds):
    """What the environment of the server has to have for it; the library is made in the folder."""
    library = pathlib.Path(folder, "slow_sync.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "SLOW_SYNC_US": str(milliseconds * 1000)}
