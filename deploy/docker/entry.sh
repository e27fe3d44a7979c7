#!/bin/sh
# The first word says which program: nester, harvester, or healthy, which asks the one that runs
# in this container. Anything else goes to nester.
set -eu
here=$(dirname "$0")
case ${1:-} in
  nester | harvester)
    program=$1
    shift
    exec node "$here/$program.js" "$@"
    ;;
  healthy)
    # A Harvester answers nobody; its Nester knows how it is.
    if tr '\0' ' ' </proc/1/cmdline | grep -q ' harvester'; then exit 0; fi
    exec wget -q -T 4 -O /dev/null "http://127.0.0.1:${NESTER_PORT:-5000}/readyz"
    ;;
  *)
    exec node "$here/nester.js" "$@"
    ;;
esac
