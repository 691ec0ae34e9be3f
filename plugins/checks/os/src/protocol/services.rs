//! OS: DNS, DHCP, NTP, NFS.

use super::{Bench, protocol, speaker};
use crate::common::pair::Count;
use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

protocol!(
    dns,
    "protocol-dns",
    "DNS 协议",
    "DNS",
    "一方运行系统自带的 DNS 服务，另一方用自带的客户端查询地址，未登记的名称是否得不到地址？",
    "One runs the system's own DNS server, the other asks it by its own client; does a name that is not there get no address?",
    ["answered", "A 与 AAAA 记录得到应答", "A and AAAA records are answered"],
    ["unknown", "未登记的名称没有地址", "an unknown name has no address"];
    super::run_dns
);
protocol!(
    dhcp,
    "protocol-dhcp",
    "DHCP 协议",
    "DHCP",
    "一方运行系统自带的 DHCP 服务，另一方用自带的客户端取得租约。",
    "One runs the system's own DHCP server, the other takes a lease by its own client.",
    ["lease", "取得范围内的租约", "a lease from the range is taken"];
    super::run_dhcp
);
protocol!(
    ntp,
    "protocol-ntp",
    "NTP 协议",
    "NTP",
    "一方运行系统自带的 NTP 服务，另一方用自带的客户端量得时差，没有服务的地址是否得不到时间？不改动时钟。",
    "One runs the system's own NTP server, the other measures its offset by its own client; does an address without server give no time? The clock is not touched.",
    ["measured", "量得时差", "an offset is measured"],
    ["silent", "没有服务时得不到时间", "without a server there is no time"];
    super::run_ntp
);
protocol!(
    nfs,
    "protocol-nfs",
    "NFS 协议",
    "NFS",
    "一方以内核 NFS 服务导出目录，另一方挂载后读写，两侧内容是否一致？",
    "One exports a folder by the kernel's NFS server, the other mounts it, reads and writes; are both sides' contents the same?",
    ["mounted", "挂载导出的目录", "the exported folder is mounted"],
    ["read", "读到服务端的内容", "the server's content is read"],
    ["written", "写入的内容出现在服务端", "what is written appears on the server's side"];
    super::run_nfs
);

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn run_dns(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = speaker(cx, &sh, "answered", &["dnsmasq", "named", "unbound"])? else { return decided() };
    let Some(client) = speaker(cx, &sh, "answered", &["dig", "drill", "kdig", "host", "nslookup"])? else { return decided() };
    let bench = Bench::build(cx, &sh)?;
    let (name, address) = (format!("{}.example", nonce(cx)), bench.pair.far_v4.clone());
    let (v4, v6) = ("203.0.113.77", "2001:db8::77");
    match base(&server) {
        "dnsmasq" => bench.serve(&[
            &server,
            "-k",
            "-C",
            "/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--pid-file=",
            "--user=root",
            "--bind-interfaces",
            "--log-facility=-",
            "--except-interface=lo",
            &format!("--listen-address={address}"),
            "--local=/example/",
            &format!("--host-record={name},{v4},{v6}"),
        ])?,
        "named" => {
            bench.file(
                "zone",
                &format!(
                    "$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A {address}\n{} A {v4}\n{} AAAA {v6}\n",
                    nonce(cx),
                    nonce(cx)
                ),
            )?;
            let config = format!(
                "options {{ directory \"{0}\"; listen-on {{ {address}; }}; listen-on-v6 {{ none; }}; pid-file none; recursion no; }}; \
                 controls {{ }}; zone \"example\" {{ type master; file \"{0}/zone\"; }};",
                bench.scratch
            );
            let file = bench.file("named.conf", &config)?;
            bench.serve(&[&server, "-g", "-c", &file])?;
        }
        _ => {
            let config = format!(
                "server:\n interface: {address}\n access-control: 0.0.0.0/0 allow\n do-daemonize: no\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n use-syslog: no\n \
                 local-zone: \"example.\" static\n local-data: \"{name}. A {v4}\"\n local-data: \"{name}. AAAA {v6}\"\nremote-control:\n control-enable: no\n"
            );
            let file = bench.file("unbound.conf", &config)?;
            bench.serve(&[&server, "-d", "-c", &file])?;
        }
    }
    let ask = |name: &str, kind: &str, wanted: &dyn Fn(&Output) -> bool| {
        let at = format!("@{address}");
        let typed = format!("-type={kind}");
        let words: Vec<&str> = match base(&client) {
            "dig" | "kdig" => vec![&client, "+short", "+time=2", "+tries=1", &at, name, kind],
            "drill" => vec![&client, "-Q", &at, name, kind],
            "host" => vec![&client, "-W", "2", "-t", kind, name, &address],
            _ => vec![&client, &typed, name, &address],
        };
        bench.ask_until(&words, wanted)
    };
    let a = ask(&name, "A", &|output| output.text().contains(v4))?;
    let aaaa = ask(&name, "AAAA", &|output| output.text().contains(v6))?;
    let right = a.text().contains(v4) && aaaa.text().to_ascii_lowercase().contains(v6);
    let seen = format!("{}; {}", short(&a.text()), short(&aaaa.text()));
    if bench.exchanged("answered", right, &format!("{v4}; {v6}"), &seen, &aaaa, Count::UdpSent)? {
        let other = ask(&format!("no-{name}"), "A", &|_| true)?;
        cx.expect("unknown").that(!other.text().contains(v4), "no address", short(&other.text()))?;
    }
    decided()
}

/// Leaves the address it was given where the check finds it; never touches the system's own settings.
const LEASE: &str = "#!/bin/sh\n[ -n \"$ip$new_ip_address\" ] && echo \"$ip$new_ip_address\" > \"$0.lease\"\nexit 0\n";

fn run_dhcp(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = speaker(cx, &sh, "lease", &["dnsmasq", "udhcpd", "dhcpd"])? else { return decided() };
    let Some(client) = speaker(cx, &sh, "lease", &["udhcpc", "dhclient"])? else { return decided() };
    let bench = Bench::build(cx, &sh)?;
    let (prefix, device) = (bench.pair.prefix_v4.clone(), bench.pair.far_device.clone());
    let (from, to) = (format!("{prefix}.50"), format!("{prefix}.59"));
    match base(&server) {
        "dnsmasq" => bench.serve(&[
            &server,
            "-k",
            "-C",
            "/dev/null",
            "--no-resolv",
            "--port=0",
            "--pid-file=",
            "--user=root",
            "--log-facility=-",
            "--bind-interfaces",
            "--except-interface=lo",
            &format!("--interface={device}"),
            &format!("--dhcp-range={from},{to},1h"),
            &format!("--dhcp-leasefile={}/leases", bench.scratch),
        ])?,
        "udhcpd" => {
            let config = format!(
                "start {from}\nend {to}\ninterface {device}\nlease_file {0}/leases\npidfile {0}/udhcpd.pid\noption lease 3600\n",
                bench.scratch
            );
            let file = bench.file("udhcpd.conf", &config)?;
            bench.serve(&[&server, "-f", &file])?;
        }
        _ => {
            let config = format!("authoritative;\nsubnet {prefix}.0 netmask 255.255.255.0 {{ range {from} {to}; }}\n");
            let file = bench.file("dhcpd.conf", &config)?;
            bench.file("leases", "")?;
            bench.serve(&[
                &server,
                "-f",
                "-d",
                "-cf",
                &file,
                "-lf",
                &format!("{}/leases", bench.scratch),
                "--no-pid",
                &device,
            ])?;
        }
    }
    let script = bench.file("lease.sh", LEASE)?;
    sh.root(["chmod", "755", &script])?.success()?;
    let near = bench.pair.near_device.clone();
    let words: Vec<String> = match base(&client) {
        "udhcpc" => vec![
            client.clone(),
            "-i".into(),
            near,
            "-n".into(),
            "-q".into(),
            "-f".into(),
            "-t".into(),
            "4".into(),
            "-T".into(),
            "2".into(),
            "-s".into(),
            script.clone(),
        ],
        _ => vec![
            client.clone(),
            "-1".into(),
            "-v".into(),
            "-d".into(),
            "-cf".into(),
            "/dev/null".into(),
            "-lf".into(),
            format!("{}/client.leases", bench.scratch),
            "-pf".into(),
            format!("{}/client.pid", bench.scratch),
            "-sf".into(),
            script.clone(),
            near,
        ],
    };
    let mut words = words;
    if base(&client) == "dhclient" {
        // It stays until it is ended; the lease is there long before.
        let mut argv = bench.pair.near();
        argv.append(&mut words);
        crate::common::peer::background(&sh, &argv, &format!("{}/client.log", bench.scratch))?;
    } else {
        let refs: Vec<&str> = words.iter().map(String::as_str).collect();
        bench.ask_until(&refs, |output| output.ok())?;
    }
    let mut lease = String::new();
    for _ in 0..40 {
        lease = sh.root(["cat", &format!("{script}.lease")])?.text();
        if !lease.is_empty() {
            break;
        }
        cx.sleep_ms(250);
    }
    let last = lease.strip_prefix(&format!("{prefix}.")).and_then(|last| last.parse::<u8>().ok());
    let right = last.is_some_and(|last| (50..=59).contains(&last));
    let client = sh.root(["tail", "-n", "4", &format!("{}/client.log", bench.scratch)])?;
    bench.exchanged("lease", right, &format!("{from} to {to}"), &lease, &client, Count::UdpReceivedFar)?;
    decided()
}

fn run_ntp(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = speaker(cx, &sh, "measured", &["chronyd", "ntpd"])? else { return decided() };
    let Some(client) = speaker(cx, &sh, "measured", &["chronyd", "ntpdate", "sntp"])? else { return decided() };
    let bench = Bench::build(cx, &sh)?;
    let (scratch, address) = (bench.scratch.clone(), bench.pair.far_v4.clone());
    if base(&server) == "chronyd" {
        let config =
            format!("local stratum 5\nallow\ncmdport 0\nbindcmdaddress /\npidfile {scratch}/server.pid\nbindaddress {address}\n");
        let file = bench.file("chrony.conf", &config)?;
        bench.serve(&[&server, "-x", "-d", "-u", "root", "-f", &file])?;
    } else {
        let config = "server 127.127.1.0\nfudge 127.127.1.0 stratum 5\ndisable monitor\n";
        let file = bench.file("ntp.conf", config)?;
        bench.serve(&[&server, "-n", "-c", &file])?;
    }
    let measure = |address: &str| -> Vec<String> {
        match base(&client) {
            "chronyd" => vec![
                client.clone(),
                "-Q".into(),
                "-t".into(),
                "8".into(),
                "-u".into(),
                "root".into(),
                format!("server {address} iburst maxsamples 1"),
                "cmdport 0".into(),
                "bindcmdaddress /".into(),
                format!("pidfile {scratch}/client.pid"),
            ],
            "ntpdate" => vec![client.clone(), "-q".into(), address.into()],
            _ => vec![client.clone(), address.into()],
        }
    };
    let run = |address: &str, wanted: &dyn Fn(&Output) -> bool| {
        let words = measure(address);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        bench.ask_until(&words, wanted)
    };
    let got = run(&address, &|output| offset(output).is_some())?;
    let seen = offset(&got);
    // Both hosts share one clock: whatever is measured must be near nothing.
    let right = seen.is_some_and(|offset| offset.abs() < 1.0);
    let told = seen.map_or_else(String::new, |offset| format!("{offset} s"));
    if bench.exchanged("measured", right, "an offset below 1 s", &told, &got, Count::UdpSent)? {
        let got = run(&format!("{}.99", bench.pair.prefix_v4), &|_| true)?;
        cx.expect("silent").that(offset(&got).is_none(), "no offset", got.said())?;
    }
    decided()
}

/// `System clock wrong by 0.000001 seconds`, `offset -0.000001`, `+0.000001 +/- 0.0001`.
fn offset(output: &Output) -> Option<f64> {
    let words = format!("{} {}", output.text(), output.error_text());
    if words.contains("No suitable source") || words.contains("no server suitable") {
        return None;
    }
    let after = |mark: &str| words.split(mark).nth(1)?.split([' ', ',']).find(|word| !word.is_empty())?.parse().ok();
    after("wrong by").or_else(|| after("offset")).or_else(|| {
        let before = words.split("+/-").next().filter(|_| words.contains("+/-"))?;
        before.split_whitespace().next_back()?.parse().ok()
    })
}

/// In a mount namespace of its own: the server's state folder and its door to the kernel are the far host's only. No client of
/// before can have anything to claim, for which a server otherwise lets everybody wait a minute and a half.
const EXPORT: &str = r#"set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /var/lib/nfs
mkdir -p /var/lib/nfs/sm /var/lib/nfs/rpc_pipefs /var/lib/nfs/v4recovery; : > /var/lib/nfs/etab; : > /var/lib/nfs/rmtab
mkdir -p "$1/nfsd"; mount -t nfsd nfsd /proc/fs/nfsd
echo 10 > /proc/fs/nfsd/nfsv4gracetime
exportfs -i -o rw,no_root_squash,fsid=0,no_subtree_check,insecure "$2.0/24:$1/export"
rpc.mountd -F -N 2 -N 3 &
rpc.nfsd -N 3 -U 2>/dev/null || rpc.nfsd -N 3 2
echo serving; wait"#;

fn run_nfs(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let has = "for f in nfsd nfs4; do grep -qw \"$f\" /proc/filesystems || modprobe -q \"${f%4}\" || true; grep -w \"$f\" /proc/filesystems; done";
    let kernel = sh.root(["sh", "-c", has])?.text();
    for kind in ["nfsd", "nfs4"] {
        if !kernel.contains(kind) {
            cx.expect("mounted").unmet("nfsd and nfs4 in the kernel", format!("no {kind}; there are: {}", short(&kernel)))?;
            return decided();
        }
    }
    for program in ["rpc.nfsd", "exportfs", "mount.nfs4"] {
        if speaker(cx, &sh, "mounted", &[program])?.is_none() {
            return decided();
        }
    }
    let bench = Bench::build(cx, &sh)?;
    let (word, scratch) = (nonce(cx), bench.scratch.clone());
    bench.file("export/from-server", &word)?;
    let stop = "nsenter --net=/run/netns/\"$1\" unshare -m sh -c 'mount --make-rprivate /; mount -t nfsd nfsd /proc/fs/nfsd && echo 0 > /proc/fs/nfsd/threads'; true";
    let space = bench.pair.far()[1].rsplit('/').next().unwrap_or_default().to_owned();
    sh.undo(["sh", "-c", stop, "sh", &space])?;
    bench.serve(&["unshare", "-m", "sh", "-c", EXPORT, "sh", &scratch, &bench.pair.prefix_v4])?;
    let folder = format!("{scratch}/mounted");
    sh.root(["mkdir", "-p", &folder])?;
    sh.undo(["sh", "-c", "mountpoint -q \"$1\" || exit 0; umount -f \"$1\" || umount -l \"$1\"", "sh", &folder])?;
    let source = format!("{}:/", bench.pair.far_v4);
    let mounted =
        bench.ask_until(&["mount", "-t", "nfs4", "-o", "soft,timeo=200,retrans=2,retry=0", &source, &folder], Output::ok)?;
    let table = sh.run(["grep", &folder, "/proc/mounts"])?.text();
    let right = table.contains(" nfs4 ");
    if !bench.exchanged("mounted", right, "mounted as nfs4", &short(&table), &mounted, Count::TcpOpened)? {
        return decided();
    }
    let file = |name: &str| format!("{folder}/{name}");
    let read = sh.command(["cat", &file("from-server")]).elevated().timeout_s(60).run()?;
    let wrote = sh.command(["tee", &file("from-client")]).stdin(format!("back-{word}")).elevated().timeout_s(60).run()?;
    for (expectation, output) in [("read", &read), ("written", &wrote)] {
        if !output.ok() {
            // Cut off by a time limit, this check's or the mount's, it contradicts nothing.
            let said = output.said();
            let why = say(format!("读写没有完成：{said}"), format!("reading and writing did not come to an end: {said}"));
            cx.expect(expectation).unevaluated(why, &word)?;
            return decided();
        }
    }
    let seen = read.text();
    cx.expect("read").that(seen == word, &word, seen)?;
    sh.root(["umount", &folder])?;
    let seen = sh.root(["cat", &format!("{scratch}/export/from-client")])?.text();
    cx.expect("written").that(seen == format!("back-{word}"), format!("back-{word}"), seen)?;
    decided()
}
