//! The help texts in Chinese, laid over clap's commands. A test sees to it that none is missing.

use clap::Command;

/// Of commands, by path.
const COMMANDS: &[(&str, &str)] = &[
    ("touchstone", "对照采购条款逐条检验平台，并给出逐条结论"),
    ("touchstone run", "运行套件并生成报告"),
    ("touchstone plan", "显示将运行哪些检查、针对哪些目标，以及其余为何不运行"),
    ("touchstone list", "列出条款、检查或目标"),
    ("touchstone explain", "说明某条款或检查的要求、判定方法和对目标的影响"),
    ("touchstone resume", "接续被中断的运行"),
    ("touchstone report", "重新生成一次运行的报告"),
    ("touchstone history", "检验已存储的操作历史记录"),
    ("touchstone history check", "按历史记录所载承诺判定：退出码 0 为真、1 为假、3 未知、5 不是历史记录"),
    ("touchstone assess", "依据台账对云服务商考核：故障定级、各项指标、可用性、违约金"),
    ("touchstone evidence", "登记、列出和核对条款审查所依据的材料"),
    ("touchstone evidence add", "登记一份材料，填入一个证据位"),
    ("touchstone evidence list", "列出证据位及其材料"),
    ("touchstone evidence check", "按证据位核对登记：缺失、过期、即将过期、持有人不符、一件多用"),
    ("touchstone bundle", "为已完成的运行制作签名交付包：文档、日志、证据、套件、摘要和签名"),
    ("touchstone timestamp", "为交付包的声明取得时间戳（RFC 3161）"),
    ("touchstone verify", "核验运行或交付包是否原样未改，结论是否由所见得出"),
    ("touchstone recheck", "事后复查：重新运行有关条款，与验收时的状态比较，包括环境漂移"),
    ("touchstone matrix", "列出兼容矩阵：每种组合由哪次签名的运行试过，结果如何"),
    ("touchstone materials", "由一次运行的所见生成物料清单，供人员批准"),
    ("touchstone diff", "比较两次运行或两个交付包：新出现的不符合、新达到的符合、不稳定项和环境差异"),
    ("touchstone key", "生成交付包签名用的密钥对"),
    ("touchstone plugin", "新建、构建、查看、签名和锁定插件"),
    ("touchstone plugin build", "把插件源码构建为组件"),
    ("touchstone plugin new", "新建插件源码"),
    ("touchstone plugin inspect", "查看组件声明的内容与导入的接口"),
    ("touchstone plugin key", "生成发布者密钥对"),
    ("touchstone plugin sign", "按其类别（检查或适配器）为组件签名"),
    ("touchstone plugin trust", "登记可信发布者的公钥：用于检查，或用于适配器"),
    ("touchstone plugin lock", "连同发布者签名锁定套件所用的全部组件"),
    ("touchstone completions", "输出命令补全脚本"),
];

/// Of arguments, by name: the same name means the same everywhere.
const ARGUMENTS: &[(&str, &str)] = &[
    ("lang", "界面和报告语言（默认取自区域设置）"),
    ("suite", "套件文件或其目录（默认：suites/ 下唯一的套件）"),
    ("plugins", "插件目录（默认：程序旁的 plugins/）"),
    ("lock", "锁定文件：准许谁的、哪一个插件（默认：套件旁的 touchstone.lock）"),
    ("allow_unsigned", "仅供开发：也运行无人担保的插件，所有报告都会注明"),
    ("retries", "对未通过的检查最多再试几次；各次不一致即为不稳定，绝不算通过"),
    ("head", "另处记下的日志末项哈希（如纸质报告所载）：用以证明日志未被截断或重造"),
    ("inventory", "目标清单（默认：本机，作为主机类目标）"),
    ("clause", "只选这些条款（可用通配符：DB-*）"),
    ("check", "只选这些检查（可用通配符：database/*）"),
    ("tag", "只选带这些标签的检查"),
    ("target", "只选这些目标，按名称或标签"),
    ("allow", "允许对目标产生的最高影响"),
    ("json", "以 JSON 输出"),
    ("what", "要列出或说明的内容"),
    ("run", "运行目录（或交付包）"),
    ("key", "密钥文件（PEM）"),
    ("sm2_key", "SM2私钥文件（PEM）；用 touchstone key NAME --sm2 生成"),
    ("format", "只输出这一种格式到标准输出"),
    ("waivers", "为已完成的运行补上这些豁免，取代此前所附的；不改变任何结论，并记入日志"),
    ("shell", "哪种 shell"),
    ("history", "历史记录文件（JSON 行，格式见 harness/history/FORMAT.md）"),
    ("isolation", "按此隔离级别而非所承诺的级别判定 list-append 历史"),
    ("evidence", "条款审查所依据材料的登记（默认：无，有关条款记为未测）"),
    ("assessment", "把服务考核评分附于该运行：touchstone assess --out 写出的 assessment.json"),
    ("report", "报告自身的信息：number、object、version、purchaser、supplier、tester、contract、place，写成 名称=内容"),
    ("register", "材料登记文件 evidence.toml"),
    ("on", "核对材料所依据的日期，如 2026-11-24（默认：今天）"),
    ("slot", "填入的证据位：条款/方面，如 MW-07/copyright"),
    ("issuer", "出具机构"),
    ("holder", "持有人"),
    ("scope", "适用范围：产品、版本、地点"),
    ("from", "有效期首日"),
    ("until", "有效期末日（默认：长期有效）"),
    ("attested_by", "审阅并为其作证的人员姓名"),
    ("confidential", "只登记摘要：材料保密，不随报告外传"),
    ("file", "材料文件"),
    ("ledgers", "台账目录，内有 ledgers.toml"),
    ("period", "考核月份，如 2026-05"),
    ("year", "考核年份（自然年），含各月"),
    ("as_of", "考核时刻，RFC 3339（默认：现在）"),
    ("round", "本次是验收的哪一轮（给出 --recheck 时默认为复验）"),
    ("recheck", "上一轮的运行目录或交付包：运行当时未达到符合的检查，以及整改可能影响到的检查"),
    ("agreed_by", "超出连续不通过次数限制后，由谁同意再次验收"),
    ("materials", "经批准的物料清单；目标的实际情况与之逐项比对"),
    ("matrix", "在其他组合（处理器、操作系统、平台）上运行并签名的交付包，用来填写套件的兼容矩阵"),
    ("bundles", "签名的交付包"),
    ("against", "验收时的运行目录或交付包"),
    ("bundle", "交付包"),
    ("timestamp", "随即向该时间戳服务取得时间戳"),
    ("url", "时间戳服务的地址"),
    ("query", "只把请求写入该文件，供能联网的机器递交"),
    ("response", "收入时间戳服务的答复"),
    ("sm3", "对SM3摘要而非SHA-256摘要加时间戳"),
    ("before", "前一次的运行目录或交付包"),
    ("after", "后一次的运行目录或交付包"),
    ("pair", "名称不同而应互相对照的目标（双方某类目标各只有一个时自动对照）"),
    ("product", "同时列出该产品的 SQL 写法（dameng、mariadb 等）"),
];

/// Lays the Chinese texts over `command` and all below it.
pub fn translate(command: Command) -> Command {
    let command = below(command, "touchstone");
    command.after_help(crate::exit::HELP_ZH)
}

fn below(mut command: Command, path: &str) -> Command {
    if let Some((_, text)) = COMMANDS.iter().find(|(name, _)| *name == path) {
        command = command.about(*text).long_about(None);
    }
    command = command.mut_args(|arg| {
        let text = ARGUMENTS.iter().find(|(name, _)| arg.get_id() == name).map(|(_, text)| *text);
        match (text, arg.get_id().as_str(), path) {
            (_, "out", "touchstone bundle") => arg.help("交付包目录，不得已存在（默认：运行目录名加.bundle）"),
            (_, "out", "touchstone run" | "touchstone recheck") => arg.help("运行目录，不得已存在（默认：runs/<时间>）"),
            (_, "out", "touchstone diff") => arg.help("另将 comparison.json 和 comparison.html 写入该目录"),
            (_, "out", "touchstone assess") => arg.help("另将 assessment.json 和 assessment.html 写入该目录"),
            (Some(text), _, _) if !path.starts_with("touchstone plugin ") => arg.help(text),
            _ => arg,
        }
    });
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |sub| below(sub, &path));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_and_argument_speaks_chinese() {
        let mut command = translate(Cli::command());
        command.build();
        look(&command, "touchstone");
    }

    fn look(command: &Command, path: &str) {
        let own = ["help", "version"];
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(is_chinese(&about), "{path}: {about}");
        for arg in command.get_arguments().filter(|a| !own.contains(&a.get_id().as_str())) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(is_chinese(&help), "{path} {}: {help}", arg.get_id());
        }
        for sub in command.get_subcommands().filter(|c| c.get_name() != "help") {
            look(sub, &format!("{path} {}", sub.get_name()));
        }
    }

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }
}
