# Writes suite, catalogue and inventories for the checks of plugins/fixtures/many. Sourced by ci/bench.

# write_suite FOLDER CHECK...: a suite of these checks, all deciding one aspect.
write_suite() {
    local folder=$1 check
    shift
    mkdir -p "$folder"
    cat >"$folder/catalogue.toml" <<'TOML'
schema = 1
id = "bench"
title = { zh = "测量", en = "Measuring" }

[[area]]
id = "BE"
title = { zh = "测量", en = "Measuring" }

[[clause]]
id = "BE-1"
area = "BE"
title = { zh = "作答", en = "Answers" }
text = { zh = "目标作答。", en = "The target answers." }
decided_by = { zh = "看到答案。", en = "The answer is seen." }
source = "1"
mandatory = true
method = ["test"]
target = "host"

[[clause.aspect]]
id = "answers"
title = { zh = "作答", en = "answers" }
method = "test"
TOML
    {
        printf 'schema = 1\nid = "bench"\ntitle = { zh = "测量", en = "Measuring" }\n'
        printf 'catalogue = "catalogue.toml"\nplugins = ["many"]\n'
        for check in "$@"; do printf '\n[[check]]\nid = "many/%s"\ndecides = ["BE-1/answers"]\n' "$check"; done
    } >"$folder/suite.toml"
}

# write_inventories FOLDER: local.toml is this machine; ssh.toml is the lab's SSH server, out of the lab's own inventory.
write_inventories() {
    printf 'schema = 1\n\n[[target]]\nname = "local"\nkind = "host"\nshell = { transport = "local" }\n' >"$1/local.toml"
    { printf 'schema = 1\n\n' && awk -v RS= '/\nname = "sshd"/' "$TOUCHSTONE_INVENTORY"; } >"$1/ssh.toml"
}

# write_ssh_config FOLDER: the same server for ssh itself, one connection for many commands.
write_ssh_config() {
    local line key known
    line=$(grep '^shell' "$1/ssh.toml")
    key=$(sed -n 's/.* key = { file = "\([^"]*\)".*/\1/p' <<<"$line")
    known=$(sed -n 's/.* known_hosts = "\([^"]*\)".*/\1/p' <<<"$line")
    cat >"$1/ssh_config" <<CONFIG
Host bench
    HostName $(sed -n 's/.* address = "\([^"]*\)".*/\1/p' <<<"$line")
    Port $(sed -n 's/.* port = \([0-9]*\).*/\1/p' <<<"$line")
    User $(sed -n 's/.* user = "\([^"]*\)".*/\1/p' <<<"$line")
    IdentityFile $key
    IdentitiesOnly yes
    UserKnownHostsFile $known
    StrictHostKeyChecking yes
    ControlMaster auto
    ControlPersist 60
    ControlPath $1/ssh-%C
CONFIG
}
