#!/usr/bin/env bash
# Leaves runnable DIR/pyrsia, DIR/pyrsia-node and DIR/pyrsia-authority (Release; they need the .NET runtime of global.json's SDK).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
command -v dotnet >/dev/null || { echo "Error: the .NET SDK 10 is not on the PATH: https://dotnet.microsoft.com/download" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# One after another: the projects share what they reference. Analyzers have had their say in the checks.
for project in node/Pyrsia.Node authority/Pyrsia.Authority cli/Pyrsia.Cli; do
    dotnet publish "$root/$project" --configuration Release --output "$dir" --verbosity quiet -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:DebugType=none -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false
done
ls -l "$dir/pyrsia" "$dir/pyrsia-node" "$dir/pyrsia-authority" >&2
