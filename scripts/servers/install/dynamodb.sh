#!/usr/bin/env bash
# Puts DynamoDB Local, Amazon's own, into the folder, out of Maven's central repository.
set -euo pipefail
readonly folder=$1 version=2.6.1

if [[ -e $folder/DynamoDBLocal.jar ]]; then exit; fi
if ! command -v mvn >/dev/null; then
  bash "$(dirname "$0")/debian-packages.sh" maven
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sojourn.tests</groupId>
  <artifactId>servers</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>DynamoDBLocal</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
POM
mvn --quiet --batch-mode --file "$scratch/pom.xml" dependency:copy-dependencies -DoutputDirectory="$scratch/lib"
mv "$scratch/lib/DynamoDBLocal-$version.jar" "$scratch/lib/DynamoDBLocal.jar"
chmod 755 "$scratch/lib"
mkdir -p "$(dirname "$folder")"
rm -rf "$folder"
mv "$scratch/lib" "$folder.part"
mv "$folder.part" "$folder"
