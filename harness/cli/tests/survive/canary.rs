//! Secrets that tell when they leave: every secret of an inventory is a canary, the targets repeat them in every way they can,
//! and whatever a run leaves or shows is searched for them.

use crate::stage::{Stage, files, suite};
use crate::support::{Bench, touchstone, until};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use touchstone_lab::Sshd;

/// Repeats every secret in every way: on both streams, in a file, encoded. The files are named in a file.
const TELL: &str = r#"
import base64, html, json, sys, urllib.parse
out = []
for line in open("LIST"):
    told = open(line.strip()).read().rstrip("\n")
    raw = told.encode()
    out += [told, repr(told), json.dumps(told), json.dumps(told, ensure_ascii=False), html.escape(told), urllib.parse.quote(told)]
    out += [urllib.parse.quote_plus(told, safe=""), "".join("%%%02x" % b for b in raw), "".join("&#%d;" % ord(c) for c in told)]
    out += [raw.hex(), raw.hex().upper(), "".join("\\u%04x" % ord(c) for c in told), "".join("\\%03o" % b for b in raw)]
    for before in (b"", b"u:", b"us:"):
        out += [base64.b64encode(before + raw + b" told").decode(), base64.urlsafe_b64encode(before + raw).decode()]
        out += [base64.encodebytes(before + raw * 3 + b"told").decode()]
text = "told\n" + "\n".join(out) + "\n"
sys.stdout.write(text)
sys.stderr.write(text)
if len(sys.argv) > 1: open(sys.argv[1] + "/kept", "w").write(text)
"#;

/// One for every kind of secret, with the letters that encodings care for.
struct Canaries {
    all: Vec<(&'static str, String)>,
    list: PathBuf,
}

impl Canaries {
    fn hatch(folder: &Path) -> Canaries {
        let random = || {
            let mut bytes = [0_u8; 6];
            let mut source = std::fs::File::open("/dev/urandom").expect("random bytes");
            source.read_exact(&mut bytes).expect("random bytes");
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let digits = || random().bytes().map(|b| char::from(b'1' + b % 9)).collect::<String>();
        let all = vec![
            ("sql-app", format!("cAn\"&<{}>%'+/ä", random())),
            ("sql-admin", format!("cAn{}", random())),
            ("sql-digits", digits()),
            ("http", format!("cAn:{}?=@", random())),
            ("ssh-passphrase", format!("cAn {} \\x", random())),
            ("ssh-password", format!("cAn${}#", random())),
            ("sudo", format!("cAn-{}-~", random())),
        ];
        for (name, canary) in &all {
            std::fs::write(folder.join(name), format!("{canary}\n")).expect("written");
        }
        // As who must read it for us to be told: the database's own user.
        for (name, _) in &all {
            std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o644)).expect("readable");
        }
        let list = folder.join("list");
        let names: String = all.iter().map(|(name, _)| format!("{}\n", folder.join(name).display())).collect();
        std::fs::write(&list, names).expect("written");
        Canaries { all, list }
    }

    fn of(&self, name: &str) -> &str {
        &self.all.iter().find(|(known, _)| *known == name).expect("a canary").1
    }

    /// Every form in which one is looked for, and the name of it.
    fn forms(&self, key: &str) -> Vec<(String, Vec<u8>)> {
        let mut forms = Vec::new();
        for (name, canary) in &self.all {
            let bytes = canary.as_bytes();
            let mut add = |form: &str, content: Vec<u8>| forms.push((format!("{name} {form}"), content));
            add("as it is", bytes.to_vec());
            // What a plugin was shown and turned round, so that nothing behind the plugin can recognise it.
            add("turned round", canary.chars().rev().collect::<String>().into_bytes());
            add("hexadecimal", hex(bytes).into_bytes());
            add("HEXADECIMAL", hex(bytes).to_uppercase().into_bytes());
            add("percent", bytes.iter().map(|b| format!("%{b:02x}")).collect::<String>().into_bytes());
            add("JSON", serde_json::to_string(canary).expect("JSON").trim_matches('"').as_bytes().to_vec());
            for shift in 0..3 {
                let padded = [&[b' '; 3][..shift], bytes].concat();
                let encoded = STANDARD_NO_PAD.encode(&padded);
                add("base64", encoded.as_bytes()[[0, 2, 3][shift]..encoded.len() - 2].to_vec());
            }
            // The random part alone, however its neighbours were written.
            let core: String = canary.chars().filter(char::is_ascii_alphanumeric).collect();
            add("core", core.trim_start_matches("cAn").as_bytes()[..10].to_vec());
        }
        forms.extend(key.lines().filter(|line| line.len() > 30 && !line.contains("---")).map(|l| ("key".to_owned(), l.into())));
        forms
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells what it was told: credentials in the head of a response and in its body; a socket that says everything in bits.
fn tell_tale(text: String) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let text = text.clone();
            std::thread::spawn(move || {
                let mut asked = [0_u8; 4096];
                let _ = client.set_read_timeout(Some(Duration::from_millis(200)));
                let read = client.read(&mut asked).unwrap_or(0);
                if asked[..read].starts_with(b"GET") {
                    let head = String::from_utf8_lossy(&asked[..read]).into_owned();
                    let body = format!("{head}{text}");
                    let one_line = text.lines().filter(|line| line.is_ascii()).take(12).collect::<Vec<_>>().join(" ");
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nX-Told: {one_line}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = client.write_all(answer.as_bytes());
                } else {
                    for piece in text.as_bytes().chunks(7) {
                        let _ = client.write_all(piece).and_then(|()| client.flush());
                        std::thread::sleep(Duration::from_micros(300));
                    }
                }
            });
        }
    });
    port
}

pub fn no_canary_leaves(stage: &mut Stage) {
    let bench = stage.bench();
    let cage = tempfile::Builder::new().prefix("cage-").tempdir_in(stage.lab.root()).expect("a folder");
    std::fs::set_permissions(cage.path(), std::fs::Permissions::from_mode(0o755)).expect("readable");
    let canaries = Canaries::hatch(cage.path());
    let banner = cage.path().join("banner");
    std::fs::write(&banner, format!("told {} {}\n", canaries.of("ssh-passphrase"), canaries.of("ssh-password")))
        .expect("written");
    let sshd = Sshd::start_with(&stage.lab, &format!("Banner {}\n", banner.display())).expect("it starts");
    let key = key_with_passphrase(cage.path(), canaries.of("ssh-passphrase"), &sshd);
    let quoted = |text: &str| text.replace('\'', "''");
    let roles = ["app", "admin", "digits"].map(|role| {
        let can = canaries.of(&format!("sql-{role}"));
        format!("create role canary_{role} login superuser password '{}';", quoted(can))
    });
    let places = stage.places(&bench);
    places.database().execute(&roles.concat()).expect("roles");
    let list = canaries.list.display().to_string();
    let script = format!("/usr/bin/python3 -c '{}' \"$@\"", TELL.replace("LIST", &list).replace('\'', "'\\''"));
    let told = Command::new("sh").args(["-c", &script]).output().expect("python3").stdout;
    let port = tell_tale(String::from_utf8(told).expect("text"));
    let file = |name: &str| format!("{{ file = {:?} }}", cage.path().join(name));
    let (database, sql_port) = (&stage.postgres.database, stage.postgres.port);
    bench.inventory(&format!(
        "[[target]]\nname = \"here\"\nkind = \"host\"\nshell = {{ transport = \"local\", sudo = {{ password = {sudo} }} }}\n\n\
         [[target]]\nname = \"there\"\nkind = \"host\"\nshell = {{ transport = \"ssh\", address = \"127.0.0.1\", port = {ssh_port}, \
         user = \"{user}\", key = {{ file = {key:?}, passphrase = {passphrase} }}, password = {{ env = \"CANARY_PASSWORD\" }}, \
         known_hosts = {known:?} }}\n\n\
         [[target]]\nname = \"db\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\n\
         port = {sql_port}\ndatabase = \"{database}\"\n[target.sql.roles.app]\nuser = \"canary_app\"\npassword = {app}\n\
         [target.sql.roles.admin]\nuser = \"canary_admin\"\npassword = {admin}\n[target.sql.roles.digits]\nuser = \"canary_digits\"\n\
         password = {digits}\n\n\
         [[target]]\nname = \"web\"\nkind = \"middleware\"\naddresses = [\"127.0.0.1:{port}\"]\n[target.http.endpoints]\n\
         application = \"http://127.0.0.1:{port}/\"\n[target.http.credentials.application]\nuser = \"me\"\npassword = {http}\n",
        sudo = file("sudo"),
        ssh_port = sshd.port,
        user = sshd.user,
        passphrase = file("ssh-passphrase"),
        known = sshd.known_hosts_file,
        app = file("sql-app"),
        admin = file("sql-admin"),
        digits = file("sql-digits"),
        http = file("http"),
    ));
    let script = format!("params = {{ script = {script:?} }}");
    let statements = statements(&canaries, cage.path());
    let as_role = |role: &str| format!("params = {{ role = \"{role}\", statements = {statements:?} }}");
    let socket = format!("params = {{ host = \"127.0.0.1\", port = \"{port}\" }}");
    let checks = [
        ("survival/echo-shell", script.clone()),
        ("survival/echo-panic", script),
        ("survival/echo-database", as_role("app")),
        ("survival/echo-web", "params = { purpose = \"application\" }".to_owned()),
        ("survival/echo-socket", socket),
    ];
    let checks: Vec<(&str, &str)> = checks.iter().map(|(check, more)| (*check, more.as_str())).collect();
    suite(&bench, &["survival"], &checks);

    let cache = bench.path("cache");
    let log = |name: &str| Stdio::from(std::fs::File::create(bench.path(name)).expect("a file"));
    let mut run = bench.command(&["run", "--lang", "en", "--allow", "scratch", "--out", "run"]);
    run.env("TOUCHSTONE_LOG", "trace").env("XDG_CACHE_HOME", &cache).env("CANARY_PASSWORD", canaries.of("ssh-password"));
    let child = run.stdin(Stdio::null()).stdout(log("stdout")).stderr(log("stderr")).spawn().expect("it starts");
    let forms = canaries.forms(&std::fs::read_to_string(&key).expect("a key"));
    let forms = Arc::new(Forms::new(forms));
    let watch = Watch::begin(child.id(), forms.clone());
    let code = { child }.wait().expect("ended").code();
    let (samples, seen) = watch.end();
    assert_eq!(
        code,
        Some(3),
        "{}",
        std::fs::read_to_string(bench.path("stderr")).unwrap_or_default().chars().take(4000).collect::<String>()
    );
    for format in ["terminal", "json", "junit", "html"] {
        let output = touchstone().args(["report", "--format", format]).arg(bench.path("run")).output().expect("it starts");
        assert!(output.status.success());
        bench.write(&format!("shown-{format}"), [output.stdout, output.stderr].concat());
    }
    let undone = places.database().execute("drop role canary_app; drop role canary_admin; drop role canary_digits");
    undone.expect("no roles");

    let report = bench.report("run");
    for check in report["checks"].as_array().expect("checks") {
        let text = check.to_string();
        let told = text.matches("***").count();
        println!("{}: {} secrets masked, ended {}", check["item"], told, check["termination"]["kind"]);
        assert!(text.contains("told") && told > 3, "the target told nothing: {check:#}");
    }
    let mut looked = 0;
    let mut escaped = BTreeSet::new();
    for file in files(bench.dir.path())
        .into_iter()
        .chain(files(Path::new("/tmp")).into_iter().filter(|f| !f.starts_with(stage.lab.root())))
    {
        let content = std::fs::read(&file).unwrap_or_default();
        looked += 1;
        for (form, bytes) in forms.of(&content).into_iter().map(|number| &forms.all[number]) {
            escaped.insert(format!("{form} in {}: {}", file.display(), around(&content, bytes)));
        }
    }
    println!("{looked} files looked at, {samples} looks at processes, {} forms", forms.all.len());
    assert!(looked > 10 && samples > 20, "{looked} files, {samples} samples");
    assert!(escaped.is_empty(), "{escaped:#?}");
    assert!(seen.is_empty(), "on the list of processes: {seen:#?}");
}

/// All forms, looked for in one pass: files are large and forms many.
struct Forms {
    all: Vec<(String, Vec<u8>)>,
    /// Those that begin with two bytes.
    by_beginning: Vec<Vec<usize>>,
}

impl Forms {
    fn new(all: Vec<(String, Vec<u8>)>) -> Forms {
        let mut by_beginning = vec![Vec::new(); 1 << 16];
        for (number, (_, bytes)) in all.iter().enumerate() {
            by_beginning[beginning(bytes)].push(number);
        }
        Forms { all, by_beginning }
    }

    /// Those that are there.
    fn of(&self, content: &[u8]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for at in 0..content.len().saturating_sub(1) {
            let rest = &content[at..];
            let those = self.by_beginning[beginning(rest)].iter();
            found.extend(those.filter(|number| rest.starts_with(&self.all[**number].1)).copied());
        }
        found
    }
}

fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

fn around(content: &[u8], wanted: &[u8]) -> String {
    let at = content.windows(wanted.len()).position(|window| window == wanted).unwrap_or(0);
    String::from_utf8_lossy(&content[at.saturating_sub(120)..content.len().min(at + 80)]).into_owned()
}

/// Rows, refusals and names of columns that hold canaries.
fn statements(canaries: &Canaries, cage: &Path) -> String {
    let mut all = vec!["SELECT 'told'".to_owned()];
    for (name, _) in &canaries.all {
        let read = format!("rtrim(pg_read_file('{}'), E'\\n')", cage.join(name).display());
        all.extend([
            format!("SELECT {read}"),
            format!("SELECT convert_to({read}, 'UTF8')"),
            format!("SELECT encode(convert_to({read}, 'UTF8'), 'base64'), encode(convert_to({read}, 'UTF8'), 'hex'), encode(convert_to({read}, 'UTF8'), 'escape')"),
            format!("SELECT to_json({read})::text, quote_literal({read}), quote_ident({read})"),
            format!("DO $$ BEGIN RAISE EXCEPTION 'told %', {read} USING DETAIL = {read}, HINT = {read}; END $$"),
            format!("SELECT ({read})::inet"),
            format!("DO $$ BEGIN EXECUTE format('CREATE TEMP TABLE IF NOT EXISTS told_{} (%I integer)', {read}); END $$", name.replace('-', "_")),
            format!("SELECT * FROM told_{}", name.replace('-', "_")),
        ]);
        if name.ends_with("digits") {
            all.push(format!("SELECT ({read})::bigint, ({read})::float8, -(({read})::bigint)"));
        }
    }
    all.join(";;")
}

fn key_with_passphrase(folder: &Path, passphrase: &str, sshd: &Sshd) -> PathBuf {
    let key = folder.join("key");
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-C", "canary", "-N", passphrase, "-f"]).arg(&key).output();
    let made = made.expect("ssh-keygen");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let public = std::fs::read(key.with_extension("pub")).expect("a public key");
    let mut authorized = std::fs::File::options().append(true).open(&sshd.authorized_keys).expect("a file");
    authorized.write_all(&public).expect("written");
    key
}

/// Looks at the command line and the environment of every process, for as long as the run goes.
struct Watch {
    stop: Arc<AtomicBool>,
    samples: Arc<AtomicUsize>,
    thread: std::thread::JoinHandle<BTreeSet<String>>,
}

impl Watch {
    fn begin(runner: u32, forms: Arc<Forms>) -> Watch {
        let (stop, samples) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (ended, counted) = (stop.clone(), samples.clone());
        let thread = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !ended.load(Ordering::Relaxed) {
                for id in std::fs::read_dir("/proc")
                    .expect("/proc")
                    .flatten()
                    .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
                {
                    for what in ["cmdline", "environ"] {
                        let content = std::fs::read(format!("/proc/{id}/{what}")).unwrap_or_default();
                        // What the user gave the program itself in its environment is the user's. A child that has not become
                        // its program yet shares the memory of the one that made it.
                        if what == "environ" && (id == runner || program(id) == program(runner)) {
                            continue;
                        }
                        for number in forms.of(&content) {
                            seen.insert(format!("{} in {what} of {}", forms.all[number].0, String::from_utf8_lossy(&content)));
                        }
                    }
                }
                counted.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(3));
            }
            seen
        });
        Watch { stop, samples, thread }
    }

    fn end(self) -> (usize, BTreeSet<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.thread.join().expect("it ended");
        (self.samples.load(Ordering::Relaxed), seen)
    }
}

fn program(id: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{id}/exe")).ok()
}

/// Killed by a signal that makes others leave their memory on the disk, the program leaves none.
pub fn not_dumpable(stage: &mut Stage) {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").expect("a pattern");
    assert!(!pattern.starts_with(['|', '/']), "this test needs core dumps beside the program that dumps: {pattern}");
    let bench = stage.bench();
    bench.inventory(&stage.database_target(&bench));
    suite(&bench, &["survival"], &[("survival/slow-database", "params = { seconds = \"20\" }")]);
    let cores = |folder: &str| files(&bench.path(folder)).iter().filter(|f| f.to_string_lossy().contains("core")).count();
    let die = |bench: &Bench, folder: &str, command: &Command, ready: &dyn Fn(u32) -> bool| {
        std::fs::create_dir(bench.path(folder)).expect("a folder");
        let environment = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let mut child = Command::new("prlimit")
            .arg("--core=unlimited")
            .arg(command.get_program())
            .args(command.get_args())
            .envs(environment)
            .current_dir(bench.path(folder))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(bench.path(folder).join("words")).expect("a file"))
            .spawn()
            .expect("it starts");
        let pid = child.id();
        let ended = std::cell::RefCell::new(&mut child);
        until("it is at work", Duration::from_secs(300), || {
            let over = ended.borrow_mut().try_wait().expect("a child");
            let words = || std::fs::read_to_string(bench.path(folder).join("words")).unwrap_or_default();
            assert!(over.is_none(), "it ended: {over:?} {}", words());
            ready(pid)
        });
        let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().expect("kill");
        assert!(killed.success());
        child.wait().expect("dead");
    };
    let mut control = Command::new("sleep");
    control.arg("600");
    // Once it is that program, and no longer the one that gives it its limits.
    let is_sleep = |pid: u32| program(pid).is_some_and(|file| !file.ends_with("prlimit") && file.ends_with("sleep"));
    die(&bench, "control", &control, &is_sleep);
    let words = bench.command(&["run", "--allow", "scratch", "--out", "run"]);
    let journal = bench.path("program/run/journal.log");
    die(&bench, "program", &words, &|_| std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("check-started")));
    assert_eq!(cores("control"), 1, "the control leaves its memory");
    assert_eq!(cores("program"), 0, "the program leaves its memory");
    let went = bench.on_run("resume", "program/run");
    assert_eq!(went.code, Some(0), "{}", went.said);
}
