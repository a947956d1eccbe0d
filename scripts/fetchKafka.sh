#!/usr/bin/env bash
# Fetches what the tests on Kafka run from Maven Central, as the machine's Maven is set up, into a folder of the user's
# cache (or $TRACTLEDGER_KAFKA_JARS). Needs Java 17 and Maven; does nothing where the folder is complete.
set -euo pipefail
pom="$(cd "$(dirname "$0")/.." && pwd)/test/support/kafka/pom.xml"
folder="${TRACTLEDGER_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/tractledger/kafka-jars}"
complete="$folder/complete-$(cksum < "$pom" | cut -d ' ' -f 1)"
[ -e "$complete" ] && exit 0
mkdir -p "$folder"
rm -f "$folder"/*.jar "$folder"/complete-*
for try in 1 2 3; do
  if mvn -q -B -f "$pom" dependency:copy-dependencies "-DoutputDirectory=$folder"; then
    touch "$complete"
    exit 0
  fi
  echo "fetching Kafka failed (try $try of 3)" >&2
  sleep $((5 * try))
done
exit 1
