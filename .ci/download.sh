#!/bin/sh
# Run a command that downloads: download.sh WHAT COMMAND ... ; where it fails, say in one sentence what to look at.
set -u
what=$1
shift
"$@" && exit 0
echo "The $what could not be installed; the lines above say why." >&2
echo "Without a network, or behind a proxy: set https_proxy, or give pip and npm an index that this machine reaches" >&2
echo "(PIP_INDEX_URL, npm_config_registry), and run the same command again." >&2
exit 1
