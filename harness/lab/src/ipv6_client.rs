//! A client that has nothing but IPv6: a namespace of its own at the end of a virtual cable.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::net::Ipv6Addr;
use std::process::Command;

/// Its name for the other end of the cable: with an AAAA address only.
pub const NAME: &str = "server.ipv6-only.test";

/// The namespaces: neither has an IPv4 address, not even that of loopback.
const SCRIPT: &str = r#"
mount --bind "$HOSTS" /etc/hosts
: > "$READY"
exec sleep infinity
"#;

/// Gives the cable its ends. Both go when the client's namespace goes.
const CABLE: &str = r#"
ip link add "$1" type veth peer name eth0 netns "$2"
ip -6 addr add "$3/64" dev "$1" nodad
ip link set "$1" up
nsenter -t "$2" -n sh -euc '
ip link set lo up
ip -4 addr flush dev lo
ip -6 addr add "$1/64" dev eth0 nodad
ip link set eth0 up' sh "$4"
"#;

/// The client. It reaches this machine at [`Self::server`] and nothing else.
#[derive(Debug)]
pub struct Ipv6OnlyClient {
    /// Prefix of commands that the client runs.
    pub enter: Vec<String>,
    /// Address of this machine, as the client reaches it.
    pub server: Ipv6Addr,
    _daemon: Daemon,
}

impl Ipv6OnlyClient {
    /// Makes it.
    ///
    /// # Errors
    /// Not root, or namespaces cannot be made.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("ipv6-only-client")?;
        let folder = lab.folder("ipv6-only-client")?;
        let hosts = folder.join("hosts");
        let daemon_number = std::process::id();
        // A unique local address (RFC 4193) of this process and lab.
        let [low, high] = [daemon_number & 0xffff, daemon_number >> 16].map(|part| u16::try_from(part).unwrap_or_default());
        let number = u16::try_from(lab.number()).unwrap_or_default();
        let address = |end: u16| Ipv6Addr::new(0xfd7c, 0x7465, high, low, number, 0, 0, end);
        let server = address(1);
        system::write_file(&hosts, &format!("{server} {NAME}\n"))?;
        let daemon = namespace::hold(lab, "ipv6-only-client", &["-m", "-n"], SCRIPT, &[("HOSTS", &hosts)], &folder)?;
        // Names of interfaces have 15 characters at most.
        let cable = format!("ts6-{}", daemon.pid());
        let mut command = Command::new("/bin/sh");
        command.args(["-euc", CABLE, "sh", &cable, &daemon.pid().to_string()]);
        command.args([server.to_string(), address(2).to_string()]);
        system::run(&mut command)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m", "-n"]), server, _daemon: daemon })
    }
}
