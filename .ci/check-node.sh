#!/bin/sh
# Fail with a plain sentence when Node is missing or older than 20.
set -u
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "Node.js 20 or later, with npm, is needed and was not found on the path." >&2
  exit 1
fi
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || {
  echo "Node.js 20 or later is needed; found $(node --version)." >&2
  exit 1
}
