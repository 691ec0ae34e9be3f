//! OS: firewalld's zones, bound to an interface and to a source, decide what passes.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("firewalld-zones")
    .title("firewalld 区域", "firewalld zones")
    .question(
        "防火墙区域按接口、按来源绑定后是否真正决定放行与拦截，运行中改绑是否立即生效？用网络命名空间造出两个对端，\
         实际发送 ICMP 与 TCP 报文：在放行区域必须通过，在丢弃区域必须不通，互换后结果相反。",
        "Do zones bound to an interface and to a source really decide what passes, and does rebinding at run time take effect \
         at once? Two peers in a network namespace send ICMP and TCP: in the accepting zone it must pass, in the dropping \
         zone it must not, and after a swap the other way round.",
    )
    .effect(
        "新建一对虚拟网卡和一个网络命名空间，仅改动运行时区域绑定，结束后全部恢复；不触及现有接口与永久配置。",
        "Makes a pair of virtual interfaces and a network namespace and binds only these to zones at run time; all is undone. \
         Existing interfaces and permanent settings are untouched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(180)
    .param("accepting", "trusted", "放行一切的区域", "zone that accepts everything")
    .param("dropping", "drop", "丢弃一切的区域", "zone that drops everything")
    .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
    .expect("interface-decides", "按接口绑定的区域决定放行", "the zone bound to the interface decides")
    .expect("interface-rebound", "改绑接口后立即改变结果", "rebinding the interface changes the outcome at once")
    .expect("source-decides", "按来源绑定的区域优先于接口", "a zone bound to a source decides before the interface's")
    .expect("source-rebound", "改绑来源后两个对端的结果互换", "after rebinding the source the two peers have changed places")
    .run(run);

/// A TCP port where nothing listens: what gets through is answered by a reset.
const CLOSED_PORT: u16 = 9;

struct Bench<'a> {
    sh: &'a Shell,
    space: String,
    interface: String,
    host: String,
    peers: [String; 2],
    bash: bool,
}

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if sh.finds(&["firewall-cmd", "firewalld"])?.is_none() {
        cx.expect("interface-decides").unmet("firewalld", "neither firewall-cmd nor firewalld")?;
        return decided();
    }
    sh.helper(&["firewall-cmd"])?;
    let state = sh.root(["firewall-cmd", "--state"])?;
    if state.text() != "running" {
        let said = state.said();
        return inconclusive(say("firewalld 未在运行", format!("firewalld is not running: {said}")));
    }
    let (accepting, dropping) = (cx.param("accepting")?, cx.param("dropping")?);
    let bench = Bench::build(cx, &sh, [&accepting, &dropping])?;
    let [first, second] = [&bench.peers[0], &bench.peers[1]];

    bench.bind("interface", &bench.interface, &accepting)?;
    let passed = bench.passes(first)?;
    if passed.starts_with("no ") && !bench.linked()? {
        return inconclusive(say("虚拟链路不通，与防火墙无关", "the virtual link itself does not work"));
    }
    // Both sides of one binding belong to one statement: a firewall that lets everything pass decides nothing.
    bench.bind("interface", &bench.interface, &dropping)?;
    let dropped = bench.passes(first)?;
    let yes = bench.all_pass();
    cx.expect("interface-decides").that(
        passed == yes && dropped == NONE_PASS,
        format!("{accepting}: {yes}; {dropping}: {NONE_PASS}"),
        format!("{accepting}: {passed}; {dropping}: {dropped}"),
    )?;
    bench.bind("interface", &bench.interface, &accepting)?;
    let again = bench.passes(first)?;
    cx.expect("interface-rebound").that(
        again == yes,
        format!("{dropping} -> {accepting}: {yes}"),
        format!("{dropping} -> {accepting}: {again}"),
    )?;

    bench.bind("source", second, &dropping)?;
    let (one, two) = (bench.passes(first)?, bench.passes(second)?);
    let report = |one: &str, two: &str| format!("{first}: {one}; {second}: {two}");
    cx.expect("source-decides").that(one == yes && two == NONE_PASS, report(&yes, NONE_PASS), report(&one, &two))?;

    bench.bind("source", second, &accepting)?;
    bench.bind("interface", &bench.interface, &dropping)?;
    let (one, two) = (bench.passes(first)?, bench.passes(second)?);
    cx.expect("source-rebound").that(one == NONE_PASS && two == yes, report(NONE_PASS, &yes), report(&one, &two))?;
    decided()
}

const NONE_PASS: &str = "no icmp, no tcp";

impl<'a> Bench<'a> {
    fn build(cx: &Context, sh: &'a Shell, zones: [&str; 2]) -> Result<Self, Stop> {
        let sum = cx.scratch_name().bytes().fold(0x811c_9dc5u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let (space, interface, far) = (format!("ts{sum:08x}"), format!("ts{sum:08x}a"), format!("ts{sum:08x}b"));
        let net = format!("{}.{}", cx.param("network")?, sum % 250 + 1);
        let [host, one, two] = [1, 2, 3].map(|last| format!("{net}.{last}"));
        for program in ["ip", "ping"] {
            sh.helper(&[program])?;
        }
        let unbind = "for z in \"$1\" \"$2\"; do firewall-cmd -q --zone=\"$z\" --remove-interface=\"$3\"; \
                      firewall-cmd -q --zone=\"$z\" --remove-source=\"$4\"; done 2>/dev/null; true";
        sh.undo(["sh", "-c", "! [ -e \"/run/netns/$1\" ] || ip netns delete \"$1\"", "sh", &space])?;
        sh.root(["ip", "netns", "add", &space])?.success()?;
        sh.undo(["sh", "-c", "ip link delete \"$1\" 2>/dev/null; true", "sh", &interface])?;
        sh.undo(["sh", "-c", unbind, "sh", zones[0], zones[1], &interface, &two])?;
        let steps = [
            format!("link add {interface} type veth peer name {far} netns {space}"),
            format!("address add {host}/24 dev {interface}"),
            format!("link set {interface} up"),
            format!("-n {space} address add {one}/24 dev {far}"),
            format!("-n {space} address add {two}/24 dev {far}"),
            format!("-n {space} link set {far} up"),
        ];
        for step in steps {
            sh.root(std::iter::once("ip").chain(step.split(' ')))?.success()?;
        }
        let bash = sh.finds(&["bash"])?.is_some() && sh.finds(&["timeout"])?.is_some();
        Ok(Self { sh, space, interface, host, peers: [one, two], bash })
    }

    /// Binds, wherever it was bound before, and sees that the daemon took the order.
    fn bind(&self, kind: &str, what: &str, zone: &str) -> Result<(), Stop> {
        let (zone, change) = (format!("--zone={zone}"), format!("--change-{kind}={what}"));
        self.sh.root(["firewall-cmd", &zone, &change])?.success()?;
        Ok(())
    }

    fn all_pass(&self) -> String {
        if self.bash { "icmp, tcp".into() } else { "icmp, no tcp".into() }
    }

    /// What a peer's packets to the host come to, both kinds at once: what is dropped costs a second.
    fn passes(&self, peer: &str) -> Result<String, Stop> {
        // bash can't choose its source address: the route does.
        let script = format!(
            "ip route replace {host}/32 dev {space}b src {peer} || exit 9\n\
             ping -c 1 -w 1 -I {peer} {host} >/dev/null 2>&1 & p=$!\n\
             {tcp}; echo tcp $?\n\
             wait $p; echo icmp $?",
            host = self.host,
            space = self.space,
            tcp = if self.bash { self.tcp_attempt() } else { "false".into() },
        );
        let attempt = self.sh.root(["ip", "netns", "exec", &self.space, "sh", "-c", &script])?;
        let refused = attempt.error_text().contains("refused");
        let words = attempt.text();
        let icmp = match words.lines().find_map(|line| line.strip_prefix("icmp ")) {
            Some("0") => "icmp",
            Some("1") => "no icmp",
            _ => return unclear(&attempt),
        };
        let tcp = match words.lines().find_map(|line| line.strip_prefix("tcp ")) {
            _ if !self.bash => "no tcp",
            Some("0") => "tcp",
            Some("1") if refused => "tcp",
            Some("124") => "no tcp",
            _ => return unclear(&attempt),
        };
        Ok(format!("{icmp}, {tcp}"))
    }

    fn tcp_attempt(&self) -> String {
        format!("timeout 1 bash -c 'exec 3<>/dev/tcp/{}/{CLOSED_PORT}'", self.host)
    }

    /// The peers see each other below IP, where the firewall has no say.
    fn linked(&self) -> Result<bool, Stop> {
        let neighbours = self.sh.root(["ip", "-n", &self.space, "neighbour", "show", &self.host])?;
        Ok(neighbours.text().contains("lladdr"))
    }
}

fn unclear<T>(attempt: &Output) -> Result<T, Stop> {
    let said = attempt.said();
    inconclusive(say("报文尝试无法判定", format!("the attempt cannot be judged: {said}")))
}
