#!/usr/bin/env bash
# Makes what compose.yaml needs and is missing: images from what eng/publish.sh left in DIR, a password, keys, the network file.
#   deploy/setup.sh DIR
# BASE names another base image than Dockerfile does; COMPOSE another command than docker-compose.
set -euo pipefail
[ $# = 1 ] || { echo "usage: $0 DIR, with DIR from eng/publish.sh" >&2; exit 2; }
published=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
read -ra compose <<<"${COMPOSE:-docker-compose}"

for target in authority node cli; do
    docker build --quiet --network none --target "$target" --tag "pyrsia-$target" ${BASE:+--build-arg "BASE=$BASE"} --file ../Dockerfile "$published"
done

umask 077
[ -e .env ] || echo "POSTGRES_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" >.env

[ ! -e config/network.json ] || { echo "config/network.json is there already: nothing more to do."; exit 0; }
mkdir -p config keys
chmod 755 config
members=()
for name in a1 a2 a3 a4; do
    [ -s "keys/$name.json" ] || "${compose[@]}" run --rm --no-deps -T "$name" init --data-dir /var/lib/pyrsia/data --name "$name" --organisation "org-$name" --origin "${ORIGIN:-log.example.org/pyrsia}" >"keys/$name.json"
    members+=(--member "/keys/$name.json=/dns4/$name/tcp/44000")
done
docker run --rm --network none --user "$(id -u):$(id -g)" --volume "$PWD/keys:/keys:ro" --volume "$PWD/config:/config" pyrsia-authority network make --origin "${ORIGIN:-log.example.org/pyrsia}" "${members[@]}" --out /config/network.json
chmod 644 config/network.json
