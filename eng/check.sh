#!/usr/bin/env bash
# The checks that need no test run: format, and the syntax of the scripts. Analyzers run with every build; layering and tidiness are tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

while IFS= read -r script; do
    bash -n "$script"
    [ -x "$script" ] || { echo "check.sh: $script is not executable" >&2; exit 1; }
done < <(find eng .ci -type f \( -name '*.sh' -o -name run \))

dotnet restore Pyrsia.NET.sln --locked-mode -v q </dev/null
dotnet format Pyrsia.NET.sln --no-restore --verify-no-changes --severity warn </dev/null
echo "checks passed"
