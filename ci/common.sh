# Sourced by every script in ci/: one target folder and one cache, outside the checkout, so that fresh clones share them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/touchstone
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export CARGO_TERM_PROGRESS_WHEN=never
# In CI every checkout is a new folder: what an incremental build keeps is never used again.
[[ -z ${CI-} ]] || export CARGO_INCREMENTAL=${CARGO_INCREMENTAL:-0}
bin=$CARGO_TARGET_DIR/debug
plugins=$CARGO_TARGET_DIR/plugins
# The suite's lock depends on what was built, so it lies with that and not beside the suite.
export TOUCHSTONE_LOCK=$plugins/gov-paas.lock

say() { printf '== %s\n' "$*"; }

# What this build signs its plugins with: keys of its own, made here and never committed, one for checks and one for adapters.
# They show that what runs is what was built; what a purchaser trusts, a purchaser's own keys say.
seal() {
    local keys=$CARGO_TARGET_DIR/development-keys role folder
    for role in check adapter; do
        [[ -e $keys/$role.key ]] || "$bin/touchstone" plugin key "$keys/$role" >/dev/null
        "$bin/touchstone" plugin trust --role "$role" --name "development build ($role)" --suite suites/gov-paas "$keys/$role.pub"
    done
    for folder in "$root"/plugins/checks/*; do
        "$bin/touchstone" plugin sign --checks --key "$keys/check.key" "$plugins/$(basename "$folder").wasm"
    done
    for folder in "$root"/plugins/adapters/*; do
        "$bin/touchstone" plugin sign --adapters --key "$keys/adapter.key" "$plugins/$(basename "$folder").wasm"
    done
    "$bin/touchstone" plugin lock --suite suites/gov-paas --plugins "$plugins"
} >/dev/null

# The program, the labs and all plugins, from source. Arguments say what of the workspace is built, by default only these.
# Cargo joins features over all that it is asked for: what is tested afterwards must be asked for in the same words, or the
# dependencies (a compiler among them) are built twice.
build() {
    local what=("$@")
    ((${#what[@]})) || what=(--package touchstone --package touchstone-odbc --package touchstone-lab)
    say "building"
    cargo build --quiet --locked "${what[@]}"
    "$bin/touchstone" plugin build --out "$plugins" "$root"/plugins/checks/* "$root"/plugins/adapters/*
    seal
}
