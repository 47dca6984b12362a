#!/usr/bin/env bash
# Unpacks Redis 8 and Valkey 8.1 of Debian 13 into the folder, with the libraries they need; they
# run on Debian 12 beside its own.
set -euo pipefail
readonly folder=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
readonly servers=(redis-server redis-tools valkey-server valkey-tools)
readonly libraries=(libc6 libgcc-s1 libstdc++6 libatomic1 libjemalloc2 liblzf1 libssl3t64 libsystemd0 libcap2 zlib1g libzstd1)

if [[ -x $folder/redis-server ]]; then exit; fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{lists/partial,cache/archives/partial,packages} "$(dirname "$folder")"

# The mirrors this machine already uses, asked for the other release.
for mirror in $(apt-get indextargets --format '$(REPO_URI)' | sort -u); do
  case $mirror in
    *security*) echo "deb [signed-by=$keyring] $mirror trixie-security main" ;;
    *debian*) echo "deb [signed-by=$keyring] $mirror trixie main" ;;
  esac
done >"$scratch/sources.list"

apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User=root "$@"
}
apt update
(cd "$scratch/packages" && apt download "${servers[@]}" "${libraries[@]}")
rm -rf "$folder.part"
mkdir -p "$folder.part"
for package in "$scratch"/packages/*.deb; do dpkg --extract "$package" "$folder.part/root"; done

loader=$(find "$folder.part/root/usr/lib" -name 'ld-linux-*.so.*' | head -n 1)
readonly loader=${loader/"$folder.part"/"$folder"}
command_for() {
  cat >"$folder.part/$1" <<COMMAND
#!/bin/sh
exec "$loader" --library-path "$(dirname "$loader")" --argv0 "$1" "$folder/root/usr/bin/$2" "\$@"
COMMAND
  chmod +x "$folder.part/$1"
}
command_for redis-server redis-check-rdb
command_for valkey-server valkey-check-rdb
rm -rf "$folder"
mv "$folder.part" "$folder"
