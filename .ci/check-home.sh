#!/bin/sh
# Fail with a plain sentence when the home folder cannot be written to: npm, pip and the browsers keep caches and settings there.
set -u
home="${HOME:-}"
if [ -n "$home" ] && mkdir -p "$home" 2>/dev/null && [ -w "$home" ]; then
  exit 0
fi
echo "The home folder '$home' cannot be written to, which npm, pip and the browsers need." >&2
echo "Give another one, for example:  HOME=\"\$PWD/build/home\" make test" >&2
exit 1
