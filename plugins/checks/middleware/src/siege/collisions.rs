//! Middleware: parameters whose names fall on one place of a hash table (CVE-2012-0022 and kin) do not keep others out.

use super::Siege;
use crate::deployment::deployed;
use touchstone_sdk::net::Habit;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("colliding-parameters")
    .title("参数哈希碰撞防护", "Protection against colliding parameters")
    .question(
        "少量客户端各提交一个表单，其中数以万计的参数名哈希值全部相同：其间正常客户端是否仍被及时服务？",
        "A few clients send a form each whose tens of thousands of parameter names all have the same hash: is a well-behaved client still \
         served in time?",
    )
    .effect(
        "对应用入口发起有限次数、有限时间的攻击，其间服务可能变慢；结束后全部断开。",
        "Attacks the application, bounded in number and time, which may slow it down meanwhile; all is closed afterwards.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "30", "攻击连接数", "number of attacking connections")
    .param("parameters", "30000", "每个表单的参数个数", "parameters of each form")
    .param("seconds", "10", "攻击持续的秒数", "seconds that the attack goes on")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let count: u32 = cx.param_as("parameters")?;
    let (probe, place) = deployed(cx)?;
    let path = place.path.replace("do=about", "do=params");
    let form = (0..count).map(|number| format!("{}=", name(number))).collect::<Vec<_>>().join("&");
    let opening = format!(
        "POST {path} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        place.host,
        place.port,
        form.len()
    );
    Siege {
        url: probe.url("about"),
        probe: Some(probe),
        place,
        connections: cx.param_as("connections")?,
        opening: opening.into_bytes(),
        habit: Habit::Drip(Vec::new()),
        interval_ms: 1000,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx)
}

/// Names of 32 letters with one and the same `java.lang.String.hashCode`: `Aa` and `BB` have the same, and so has every word of them.
fn name(number: u32) -> String {
    (0..16).map(|bit| if number >> bit & 1 == 0 { "Aa" } else { "BB" }).collect()
}

#[cfg(test)]
mod tests {
    use super::name;
    use std::collections::BTreeSet;

    #[test]
    fn all_names_have_one_hash() {
        let hash = |name: &str| name.bytes().fold(0_i32, |code, byte| code.wrapping_mul(31).wrapping_add(i32::from(byte)));
        let names: Vec<String> = (0..5000).map(name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 5000);
        assert_eq!(names.iter().map(|name| hash(name)).collect::<BTreeSet<_>>().len(), 1);
    }
}
