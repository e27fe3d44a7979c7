"""Runs a script cut off at every byte but the last, with a shell, and says how many cuts that were.

usage: cut-off.py SHELL SCRIPT PATH, where SHELL may be several words

Each cut is read from a pipe's end as `curl ... | sh` does, in an empty folder, with PATH as given
and nothing else in its environment.
"""

import os
import subprocess
import sys
import tempfile

shell, script, path = sys.argv[1:]
with open(script, "rb") as file:
    whole = file.read()
with tempfile.TemporaryDirectory() as folder:
    copy = os.path.join(folder, "copy")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    with open(copy, "wb") as file:
        file.write(whole)
    cuts = 0
    # What has its last brace and lacks only the end of the line is whole.
    for length in range(len(whole.rstrip()) - 1, -1, -1):
        os.truncate(copy, length)
        with open(copy, "rb") as source:
            subprocess.run([*shell.split(), "-s", "--", "--key", "k"], stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=empty, env={"PATH": path}, close_fds=False)
        cuts += 1
    print(cuts, *os.listdir(empty))
