#!/usr/bin/env bash
# Builds the programs and puts a real artifact through a network of four authorities and two nodes on this machine.
# Needs bash and the .NET SDK 10. --keep leaves the network up; --image REF takes an image of a real upstream.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
start=$SECONDS
echo "Building the programs"
"$root/eng/publish.sh" "$root/artifacts/publish"
echo "Built in $((SECONDS - start)) s"
exec "$root/artifacts/publish/pyrsia" demo "$@"
