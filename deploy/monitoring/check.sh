#!/usr/bin/env bash
# Prometheus' own tool over its settings and the alerts. `promtool` comes with Prometheus (Debian: the package prometheus).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
promtool=${PROMTOOL:-promtool}
command -v "$promtool" >/dev/null || {
    echo "error: $promtool is not there. Install Prometheus, or name the tool: PROMTOOL=/path/to/promtool" >&2
    exit 1
}
"$promtool" check config prometheus.yaml
"$promtool" check rules rules.yaml
"$promtool" test rules rules.test.yaml
