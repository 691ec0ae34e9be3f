//! OS: interfaces, addresses and routes are managed, as packets show.

use crate::common::pair::{Failed, Pair};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("network-management")
    .title("网络管理", "Network management")
    .question(
        "网络接口、地址与路由的设置是否真正生效？在两个网络命名空间之间建立虚拟链路，依次添加地址、路由、停用与启用接口，\
         每一步都以实际报文验证。",
        "Do settings of interfaces, addresses and routes take effect? A virtual link joins two network namespaces; an address, \
         a route, a link taken down and up again are each shown by packets.",
    )
    .effect(
        "新建两个网络命名空间与一对虚拟网卡，结束后删除；不触及现有接口。",
        "Makes two network namespaces and a virtual link, removed afterwards; existing interfaces are untouched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
    .expect("link", "虚拟接口与地址建立后报文可达", "with interface and address made, packets arrive")
    .expect("address", "新增地址后可达，删除后不可达", "an address answers once added, and no more once removed")
    .expect(
        "route",
        "添加路由后远处地址可达，删除后不可达",
        "an address behind a route is reached with the route, and not without",
    )
    .expect("down", "停用接口后不可达，启用后恢复", "with the interface down nothing arrives, and again once it is up")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    for program in ["ip", "ping", "nsenter"] {
        sh.helper(&[program])?;
    }
    let pair = match Pair::try_build(cx, &sh)? {
        Ok(pair) => pair,
        Err(Failed(said)) => {
            cx.expect("link").unmet("two namespaces joined by a virtual link", said)?;
            return decided();
        }
    };
    let answers = |address: &str| pair.near_pings(address);
    let far = pair.far_v4.clone();
    if !cx.expect("link").that(
        answers(&far)?,
        format!("{far} answers"),
        if answers(&far)? { "it answers" } else { "no answer" },
    )? {
        return decided();
    }
    let word = |seen: bool| if seen { "answers" } else { "silent" };
    let expected = "silent, answers, silent";
    let added = format!("{}.77", pair.prefix_v4);
    let (before, _) = (answers(&added)?, pair.far_ip(&format!("address add {added}/24 dev {}", pair.far_device))?);
    let (during, _) = (answers(&added)?, pair.far_ip(&format!("address del {added}/24 dev {}", pair.far_device))?);
    let after = answers(&added)?;
    let actual = format!("{}, {}, {}", word(before), word(during), word(after));
    cx.expect("address").that(actual == expected, expected, &actual)?;

    // TEST-NET-3, RFC 5737, behind the far side.
    let distant = "203.0.113.9";
    pair.far_ip("link set lo up")?;
    pair.far_ip(&format!("address add {distant}/32 dev lo"))?;
    let before = answers(distant)?;
    pair.near_ip(&format!("route add {distant}/32 via {far}"))?;
    let during = answers(distant)?;
    pair.near_ip(&format!("route del {distant}/32"))?;
    let after = answers(distant)?;
    let actual = format!("{}, {}, {}", word(before), word(during), word(after));
    cx.expect("route").that(actual == expected, expected, &actual)?;

    pair.near_ip(&format!("link set {} down", pair.near_device))?;
    let down = answers(&far)?;
    pair.near_ip(&format!("link set {} up", pair.near_device))?;
    let up = answers(&far)? || answers(&far)?;
    let actual = format!("{}, {}", word(down), word(up));
    cx.expect("down").that(actual == "silent, answers", "silent, answers", &actual)?;
    decided()
}
