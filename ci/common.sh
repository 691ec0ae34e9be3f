# Sourced by every script in ci/: one target folder and one cache, outside the checkout, so that fresh clones share them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/touchstone
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export CARGO_TERM_PROGRESS_WHEN=never
bin=$CARGO_TARGET_DIR/debug
plugins=$CARGO_TARGET_DIR/plugins

say() { printf '== %s\n' "$*"; }

# The program, the labs and all plugins, from source. Arguments say what of the workspace is built, by default only these.
# Cargo joins features over all that it is asked for: what is tested afterwards must be asked for in the same words, or the
# dependencies (a compiler among them) are built twice.
build() {
    local what=("$@")
    ((${#what[@]})) || what=(--package touchstone --package touchstone-lab)
    say "building"
    cargo build --quiet --locked "${what[@]}"
    "$bin/touchstone" plugin build --out "$plugins" "$root"/plugins/checks/* "$root"/plugins/adapters/*
}
