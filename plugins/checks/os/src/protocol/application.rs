//! OS: HTTP, FTP, SSH, VNC.

use super::{Bench, protocol};
use crate::common::pair::Count;
use crate::common::peer::Peer;
use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

protocol!(
    http,
    "protocol-http",
    "HTTP 协议",
    "HTTP",
    "用系统自带的 HTTP 服务与客户端取得一个文件，不存在的文件是否得到 404？",
    "One serves a file by the system's own HTTP server, the other gets it by its own client; is a file that is not there a 404?",
    ["fetched", "取得内容", "the content is fetched"],
    ["missing", "不存在的文件为 404", "a missing file is a 404"];
    super::run_http
);
protocol!(
    ftp,
    "protocol-ftp",
    "FTP 协议",
    "FTP",
    "用系统自带的 FTP 服务与客户端取得一个文件，不存在的文件是否被拒绝？",
    "One serves a file by the system's own FTP server, the other gets it by its own client; is a missing file refused?",
    ["fetched", "取得内容", "the content is fetched"],
    ["missing", "不存在的文件被拒绝", "a missing file is refused"];
    super::run_ftp
);
protocol!(
    ssh,
    "protocol-ssh",
    "SSH 协议",
    "SSH",
    "用系统自带的 SSH 服务与客户端执行一条命令，错误的密钥是否被拒绝？",
    "One runs the system's own SSH server, the other runs a command on it by key; is another key refused?",
    ["command", "远程命令的输出返回", "a remote command's output comes back"],
    ["other-key", "错误的密钥被拒绝", "another key is refused"];
    super::run_ssh
);
protocol!(
    vnc,
    "protocol-vnc",
    "VNC 协议",
    "VNC",
    "一方运行系统自带的 VNC 服务，另一方按 RFC 6143 握手并取得整幅画面。",
    "One runs the system's own VNC server, the other shakes hands by RFC 6143 and receives the whole picture.",
    ["picture", "收到整幅画面", "the whole picture is received"];
    super::run_vnc
);

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn run_http(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = super::speaker(cx, &sh, "fetched", &["nginx", "lighttpd", "python3", "busybox-httpd"])? else {
        return decided();
    };
    let Some(client) = super::speaker(cx, &sh, "fetched", &["curl", "wget"])? else { return decided() };
    let bench = Bench::build(cx, &sh)?;
    let word = nonce(cx);
    bench.file("www/page", &word)?;
    let (root, address) = (format!("{}/www", bench.scratch), bench.pair.far_v4.clone());
    match base(&server) {
        "nginx" => {
            let pid = format!("{}/nginx.pid", bench.scratch);
            let config = format!(
                "daemon off; pid {pid}; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {0}/a; \
                 proxy_temp_path {0}/b; fastcgi_temp_path {0}/c; uwsgi_temp_path {0}/d; scgi_temp_path {0}/e; \
                 server {{ listen {address}:8080; root {root}; }} }}",
                bench.scratch
            );
            let file = bench.file("nginx.conf", &config)?;
            bench.serve(&[&server, "-p", &bench.scratch, "-c", &file])?;
        }
        "lighttpd" => {
            let config = format!("server.document-root = \"{root}\"\nserver.port = 8080\nserver.bind = \"{address}\"\n");
            let file = bench.file("lighttpd.conf", &config)?;
            bench.serve(&[&server, "-D", "-f", &file])?;
        }
        _ => bench.serve(&[&server, "-m", "http.server", "8080", "--bind", &address, "--directory", &root])?,
    }
    let fetch = |path: &str| -> Vec<String> {
        let url = format!("http://{address}:8080/{path}");
        let words: Vec<&str> = if base(&client) == "curl" {
            vec![&client, "-sS", "-g", "--noproxy", "*", "-m", "8", "-w", "\n%{http_code}", &url]
        } else {
            vec![&client, "-q", "-S", "-T", "8", "-t", "1", "-O", "-", &url]
        };
        words.into_iter().map(str::to_owned).collect()
    };
    let run = |path: &str, wanted: &str| {
        let words = fetch(path);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        bench.ask_until(&words, |output| both(output).contains(wanted))
    };
    let got = run("page", &word)?;
    let right = got.text().contains(&word) && both(&got).contains("200");
    if bench.exchanged("fetched", right, &format!("200 {word}"), &short(&got.text()), &got, Count::TcpOpened)? {
        let got = run("nothing", "404")?;
        cx.expect("missing").that(both(&got).contains("404") && !got.text().contains(&word), "404", short(&both(&got)))?;
    }
    decided()
}

fn both(output: &Output) -> String {
    format!("{} {}", output.text(), output.error_text())
}

fn run_ftp(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = super::speaker(cx, &sh, "fetched", &["vsftpd", "pure-ftpd", "proftpd"])? else { return decided() };
    let Some(client) = super::speaker(cx, &sh, "fetched", &["curl", "wget", "lftp", "ftp"])? else { return decided() };
    if base(&server) != "vsftpd" || !["curl", "wget"].contains(&base(&client)) {
        return inconclusive(say(
            format!("本检查尚不会驱动 {server} 与 {client}"),
            format!("this check cannot yet drive {server} with {client}"),
        ));
    }
    let bench = Bench::build(cx, &sh)?;
    let word = nonce(cx);
    bench.file("ftp/pub/file", &word)?;
    bench.file("empty/none", "")?;
    sh.root(["chmod", "-R", "a-w", &format!("{}/ftp", bench.scratch)])?.success()?;
    let address = bench.pair.far_v4.clone();
    // It wants a user with a home.
    let user = if sh.run(["grep", "-q", "^ftp:", "/etc/passwd"])?.ok() { "ftp" } else { "nobody" };
    let config = format!(
        "listen=YES\nlisten_ipv6=NO\nlisten_address={address}\nlisten_port=2121\nbackground=NO\nanonymous_enable=YES\nlocal_enable=NO\n\
         anon_root={0}/ftp\nsecure_chroot_dir={0}/empty\nno_anon_password=YES\nftp_username={user}\nnopriv_user=nobody\nxferlog_enable=NO\n\
         seccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n",
        bench.scratch
    );
    sh.root(["rm", &format!("{}/empty/none", bench.scratch)])?;
    let file = bench.file("vsftpd.conf", &config)?;
    // It refuses settings that are not its user's.
    sh.root(["chown", "0:0", &file])?;
    bench.serve(&[&server, &file])?;
    let url = |path: &str| format!("ftp://{address}:2121/pub/{path}");
    let words = |url: &str| -> Vec<String> {
        let words: Vec<&str> = if base(&client) == "curl" {
            vec![&client, "-sS", "--noproxy", "*", "-m", "8", url]
        } else {
            vec![&client, "-q", "-T", "8", "-t", "1", "-O", "-", url]
        };
        words.into_iter().map(str::to_owned).collect()
    };
    let run = |path: &str, wanted: &dyn Fn(&Output) -> bool| {
        let words = words(&url(path));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        bench.ask_until(&words, wanted)
    };
    let got = run("file", &|output| output.text() == word)?;
    let right = got.text() == word;
    if bench.exchanged("fetched", right, &word, &word, &got, Count::TcpOpened)? {
        let got = run("nothing", &|_| true)?;
        let refused = !got.ok() && got.text().is_empty();
        cx.expect("missing").that(refused, "refused", got.said())?;
    }
    decided()
}

fn run_ssh(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) = super::speaker(cx, &sh, "command", &["sshd"])? else { return decided() };
    let Some(client) = super::speaker(cx, &sh, "command", &["ssh"])? else { return decided() };
    let maker = sh.helper(&["ssh-keygen"])?;
    let bench = Bench::build(cx, &sh)?;
    let (word, scratch, address) = (nonce(cx), bench.scratch.clone(), bench.pair.far_v4.clone());
    for name in ["host", "good", "other"] {
        sh.root([maker.as_str(), "-q", "-t", "ed25519", "-N", "", "-f", &format!("{scratch}/{name}")])?.success()?;
    }
    let host_key = sh.root(["cat", &format!("{scratch}/host.pub")])?.text();
    sh.write("known_hosts", format!("[{address}]:2222 {host_key}\n").as_bytes())?;
    let config = format!(
        "ListenAddress {address}\nPort 2222\nHostKey {scratch}/host\nAuthorizedKeysFile {scratch}/good.pub\nStrictModes no\nUsePAM no\n\
         PidFile none\nPasswordAuthentication no\nPermitRootLogin yes\nUseDNS no\n"
    );
    sh.write("sshd_config", config.as_bytes())?;
    sh.root(["mkdir", "-p", "/run/sshd"])?;
    bench.serve(&[&server, "-D", "-e", "-f", &format!("{scratch}/sshd_config")])?;
    let log_in = |key: &str, wanted: &dyn Fn(&Output) -> bool| {
        let (key, known) = (format!("{scratch}/{key}"), format!("UserKnownHostsFile={scratch}/known_hosts"));
        let command = format!("echo $((6*7))-{word}");
        let words = [
            client.as_str(),
            "-F",
            "/dev/null",
            "-i",
            &key,
            "-p",
            "2222",
            "-o",
            &known,
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "BatchMode=yes",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "IdentityAgent=none",
            "-o",
            "ConnectTimeout=8",
            "-l",
            "root",
            &address,
            &command,
        ];
        bench.ask_until(&words, wanted)
    };
    let expected = format!("42-{word}");
    let got = log_in("good", &|output| output.text().contains(&expected))?;
    let right = got.text().lines().any(|line| line == expected);
    if bench.exchanged("command", right, &expected, &expected, &got, Count::TcpOpened)? {
        let got = log_in("other", &|_| true)?;
        let refused = !got.text().contains(&word) && got.error_text().contains("ermission denied");
        cx.expect("other-key").that(refused, "permission denied", got.said())?;
    }
    decided()
}

fn run_vnc(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(server) =
        super::speaker(cx, &sh, "picture", &["Xvnc", "Xtigervnc", "Xtightvnc", "x11vnc", "x0vncserver", "vncserver"])?
    else {
        return decided();
    };
    if !base(&server).starts_with('X') {
        return inconclusive(say(format!("本检查尚不会驱动 {server}"), format!("this check cannot yet drive {server}")));
    }
    let bench = Bench::build(cx, &sh)?;
    let peer = Peer::find(&sh)?;
    let display = format!(":{}", 1000 + crate::common::pair::sum(cx) % 50_000);
    let word = nonce(cx);
    bench.serve(&[
        &server,
        &display,
        "-SecurityTypes",
        "None",
        "-rfbport",
        "5977",
        "-geometry",
        "320x240",
        "-desktop",
        &word,
        "-nolisten",
        "unix",
        "-localhost=0",
    ])?;
    let expected = format!("RFB 003.008 320x240 {} {word}", 320 * 240);
    let mut tries = 0;
    let got = loop {
        let got = peer.play(&bench.pair.near(), &["vnc", "tcp", &bench.pair.far_v4, "5977"])?;
        tries += 1;
        if got.text().starts_with("RFB") || tries >= 30 {
            break got;
        }
        cx.sleep_ms(400);
    };
    let said = got.text();
    bench.exchanged("picture", said == expected, &expected, &said, &got, Count::TcpOpened)?;
    decided()
}
