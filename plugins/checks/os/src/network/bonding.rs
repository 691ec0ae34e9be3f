//! OS: network cards are bonded, in several modes, and a lost link is survived.

use crate::common::pair::sum;
use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("nic-bonding")
    .title("多模式网卡绑定", "NIC bonding")
    .question(
        "每种绑定模式的绑定口是否都能传送真实流量，断开一条链路后是否仍能通信？两个网络命名空间各有两块虚拟网卡，\
         逐个模式绑定后发送报文，并在断开一条链路后继续发送。",
        "Does a bond carry real traffic in each mode, and still after one link was taken down? Two network namespaces have two \
         virtual cards each; in each mode they are bonded, packets are sent, and sent on with one link down.",
    )
    .effect(
        "新建网络命名空间与虚拟网卡，结束后全部清除；不触及现有网卡。",
        "Makes network namespaces and virtual cards, all removed; existing cards are untouched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(300)
    .param("modes", "balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb", "绑定模式", "modes")
    .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
    .param("most-lost", "8", "断链时最多丢失的报文数（共 30 个）", "packets of 30 that may be lost while a link goes")
    .expect("modes", "每种模式都有流量通过", "traffic passes in each mode")
    .expect("link-loss", "断开一条链路后仍可通信，丢失在限内", "with a link lost traffic goes on, losses within bounds")
    .run(run);

/// Near has the bond; far has the same bond for the modes that both sides must know, a bridge for the others.
const BUILD: &str = r#"set -e
near=$1 far=$2 mode=$3 net=$4
for s in "$near" "$far"; do ip netns delete "$s" 2>/dev/null || true; ip netns add "$s"; ip -n "$s" link set lo up; done
for i in 0 1; do ip link add e$i netns "$near" type veth peer name e$i netns "$far"; done
bond() { ip -n "$1" link add bond0 type bond mode "$mode" miimon 50 $2; for i in 0 1; do ip -n "$1" link set e$i down; ip -n "$1" link set e$i master bond0; done; ip -n "$1" link set bond0 up; for i in 0 1; do ip -n "$1" link set e$i up; done; }
extra=; [ "$mode" != 802.3ad ] || extra="lacp_rate fast"
bond "$near" "$extra"
case $mode in
balance-rr|balance-xor|broadcast|802.3ad) bond "$far" "$extra"; dev=bond0 ;;
*) ip -n "$far" link add br0 type bridge; for i in 0 1; do ip -n "$far" link set e$i master br0 up; done; ip -n "$far" link set br0 up; dev=br0 ;;
esac
ip -n "$near" address add "$net.1/24" dev bond0
ip -n "$far" address add "$net.2/24" dev $dev
cat /proc/self/mountinfo >/dev/null
ip netns exec "$near" cat /sys/class/net/bond0/bonding/mode 2>/dev/null || ip -d -n "$near" link show bond0 | grep -o 'mode [^ ]*'"#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    for program in ["ip", "ping"] {
        sh.helper(&[program])?;
    }
    let sum = sum(cx);
    let (near, far) = (format!("ts{sum:08x}n"), format!("ts{sum:08x}f"));
    let net = format!("{}.{}", cx.param("network")?, sum % 250 + 1);
    for space in [&near, &far] {
        sh.undo(["sh", "-c", "[ ! -e /run/netns/\"$1\" ] || ip netns delete \"$1\"", "sh", space])?;
    }
    // Whether namespaces and virtual links can be had says nothing about bonds.
    let probe = "ip netns add \"$1\" && ip link add e0 netns \"$1\" type veth peer name e1 netns \"$1\"; r=$?; ip netns delete \"$1\"; exit $r";
    sh.root(["sh", "-c", probe, "sh", &near])?.success()?;
    let modes = cx.param("modes")?;
    let most_lost: u32 = cx.param_as("most-lost")?;
    let (mut passed, mut failed, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let mut too_much = false;
    for mode in modes.split_whitespace() {
        let built = sh.root(["sh", "-c", BUILD, "sh", &near, &far, mode, &net])?;
        if !built.ok() || !built.text().contains(mode) {
            failed.push(format!("{mode}: {}", short(&built.said())));
            continue;
        }
        let target = format!("{net}.2");
        let ping = |count: &str| {
            sh.command(["ip", "netns", "exec", &near, "ping", "-q", "-i", "0.1", "-W", "1", "-c", count, &target])
                .elevated()
                .timeout_s(40)
                .run()
        };
        // Negotiation takes its time in some modes.
        let mut received = 0;
        for _ in 0..20 {
            received = answers(&ping("5")?.text());
            if received == 5 {
                break;
            }
            cx.sleep_ms(300);
        }
        if received == 0 {
            failed.push(format!("{mode}: no packet"));
            continue;
        }
        passed.push(mode.to_owned());
        let script = "(sleep 1; ip -n \"$1\" link set e0 down) >/dev/null 2>&1 & exec ip netns exec \"$1\" ping -q -i 0.1 -W 1 -c 30 \"$2\"";
        let during = answers(&sh.command(["sh", "-c", script, "sh", &near, &target]).elevated().timeout_s(60).run()?.text());
        let after = answers(&ping("5")?.text());
        lost.push(format!("{mode}: {} of 30, then {} of 5", 30 - during.min(30), 5 - after.min(5)));
        too_much |= 30 - during.min(30) > most_lost || after == 0;
    }
    let expected = modes.split_whitespace().collect::<Vec<_>>().join(", ");
    let actual =
        if failed.is_empty() { passed.join(", ") } else { format!("passed: {}; {}", passed.join(", "), failed.join("; ")) };
    cx.expect("modes").that(failed.is_empty(), &expected, actual)?;
    if passed.is_empty() {
        return decided();
    }
    cx.expect("link-loss").same_look().that(
        !too_much,
        format!("at most {most_lost} of 30 lost, then none for good"),
        lost.join("; "),
    )?;
    decided()
}

/// `5 packets transmitted, 4 received, ...`.
fn answers(said: &str) -> u32 {
    let line = said.lines().find(|line| line.contains("packets transmitted")).unwrap_or_default();
    line.split(',').nth(1).and_then(|part| part.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::answers;

    #[test]
    fn fuzz_words_of_ping() {
        let said = "30 packets transmitted, 29 received, 3% packet loss, time 29ms";
        assert_eq!(answers(said), 29);
        touchstone_fuzz::fuzz(
            &[said.as_bytes()],
            &["packets transmitted", ",", " received", "\n", "-1", "4294967296"],
            |input| answers(&String::from_utf8_lossy(input)).min(99),
        );
    }
}
