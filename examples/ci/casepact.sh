#!/bin/sh
# A gate for any CI: install casepact once, check, try again while the server does not answer, end with the exit code.
#
#   CASEPACT_TARGET=staging WARN_ON="3" sh examples/ci/casepact.sh --max-time 45m
#
# Options of `casepact check` are variables, CASEPACT_…, or arguments. Of this script:
#   PACKAGE      what pip installs: a folder, a wheel, or git+https://… (default: this repository)
#   VENV         where it is installed, and found again (default: .venv-casepact)
#   RETRIES      how often to try again on exit code 3 (default: 2), after RETRY_WAIT seconds (default: 30)
#   WARN_ON      exit codes that do not fail the job, as "3" or "3 4" (default: none)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=${PACKAGE:-$here/../..}
venv=${VENV:-.venv-casepact}
retries=${RETRIES:-2}
CASEPACT_REPORTS=${CASEPACT_REPORTS:-reports}
export CASEPACT_REPORTS

if [ ! -x "$venv/bin/casepact" ]; then
  python3 -m venv "$venv"
  if [ -f "$package/constraints.txt" ]; then
    PIP_CONSTRAINT=$package/constraints.txt
    export PIP_CONSTRAINT
  fi
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package"
fi

check() {
  code=0
  "$venv/bin/casepact" check "$@" || code=$?
}

check "$@"
while [ "$code" -eq 3 ] && [ "$retries" -gt 0 ]; do
  echo "casepact.sh: the server does not answer; the next try is in ${RETRY_WAIT:-30} s, $retries left" >&2
  sleep "${RETRY_WAIT:-30}"
  retries=$((retries - 1))
  if [ -f "$CASEPACT_REPORTS/resume.json" ]; then
    check "$@" --resume
  else
    check "$@"
  fi
done

case " ${WARN_ON:-} " in
  *" $code "*)
    echo "casepact.sh: exit code $code, which only warns here" >&2
    code=0
    ;;
  *) ;;
esac
exit "$code"
