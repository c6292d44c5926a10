#!/bin/sh
# Print the path of a Python that can build and test this project; explain and fail when there is none.
# 3.13 first: byte code compiled by it is what Pyodide 0.29 loads; 3.14 and 3.12 work, with a slower start of the page.
# A candidate counts only when it runs: a pyenv shim can be on the path and refuse.
set -u

fits() { # path of an interpreter, wanted minor version
  "$1" -c "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, $2))" >/dev/null 2>&1
}

versions="${PYENV_ROOT:-$(pyenv root 2>/dev/null || printf '%s' "${HOME:-}/.pyenv")}/versions"
for minor in 13 14 12; do
  named=$(command -v "python3.$minor")
  beside="${named%/shims/*}/versions" # of a pyenv whose folder nothing in the environment names
  for candidate in "$named" "$(command -v python3)" "$versions/3.$minor".*/bin/python "$beside/3.$minor".*/bin/python; do
    if [ -n "$candidate" ] && [ -x "$candidate" ] && fits "$candidate" "$minor"; then
      printf '%s\n' "$candidate"
      exit 0
    fi
  done
done

cat >&2 <<'EOF'
No suitable Python found. Needed: CPython 3.13 (best), 3.14 or 3.12, with the modules venv and ensurepip.
Looked on the path (python3.13, python3.14, python3.12, python3) and in pyenv's versions folder.
Install one, for example:  apt-get install python3.13 python3.13-venv   or   pyenv install 3.13
EOF
exit 1
