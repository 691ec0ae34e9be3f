//! Every service: what it must really do, and that nothing of it is left.

mod support;

use std::time::Instant;
use support::{Leftovers, http_get, text_of};
use touchstone_lab::{
    Firewalld, Haproxy, Lab, LargeFs, MinimalRoot, OldKernelStandIn, Postgres, SmallFs, Sshd, Tomcat, TomcatOptions,
};

#[test]
fn postgres_answers_over_tcp_and_survives_a_kill() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let begun = Instant::now();
    let mut server = Postgres::start(&lab).unwrap();
    eprintln!("postgres ready in {:?}", begun.elapsed());
    let address = |host: &str, password: &str, port: u16| {
        format!("host={host} port={port} user=app dbname=app password={password} connect_timeout=5")
    };
    let ask = |host: &str, sql: &str| support::sql(&address(host, &server.app_password, server.port), sql);
    assert_eq!(
        ask("127.0.0.1", "create table kept(a int); insert into kept values (1), (2)").unwrap(),
        Vec::<Vec<String>>::new()
    );
    assert_eq!(ask("::1", "select sum(a) from kept").unwrap(), [["3"]]);
    let refused = support::sql(&address("127.0.0.1", "wrong", server.port), "select 1").unwrap_err();
    assert_eq!(refused.code().map(|code| code.code()), Some("28P01"));
    assert_eq!(ask("127.0.0.1", "select ssl from pg_stat_ssl where pid = pg_backend_pid()").unwrap(), [["f"]]);
    let psql = text_of(
        std::process::Command::new("psql")
            .env("PGPASSWORD", &server.password)
            .arg(format!(
                "host=localhost port={} user={} dbname=postgres sslmode=verify-full sslrootcert={}",
                server.port,
                server.superuser,
                server.ca_file.display()
            ))
            .args(["-XAtc", "select ssl, current_user, (select count(*) from pg_roles where rolname = 'app' and rolsuper) from pg_stat_ssl where pid = pg_backend_pid()"]),
    );
    assert_eq!(psql.trim(), "t|postgres|0");
    let pid = server.pid().unwrap();
    server.kill();
    assert!(support::sql(&address("127.0.0.1", &server.app_password, server.port), "select 1").is_err());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    server.start_again().unwrap();
    assert_eq!(
        support::sql(&address("127.0.0.1", &server.app_password, server.port), "select count(*) from kept").unwrap(),
        [["2"]]
    );
    server.stop();
    assert!(support::sql(&address("127.0.0.1", &server.app_password, server.port), "select 1").is_err());
    server.start_again().unwrap();
    assert_eq!(support::sql(&address("::1", &server.app_password, server.port), "select count(*) from kept").unwrap(), [["2"]]);
    let pid = server.pid().unwrap();
    assert!(support::shared_memory_of(pid), "the server itself has some");
    server.kill();
    drop(server);
    assert!(!support::shared_memory_of(pid), "left by a server that was killed");
    drop(lab);
    left.assert_none();
}

#[test]
fn tomcat_answers_on_both_families_and_the_proxy_cuts_slow_headers() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let begun = Instant::now();
    let server = Tomcat::start(&lab).unwrap();
    eprintln!("tomcat ready in {:?}", begun.elapsed());
    for host in ["127.0.0.1", "::1"] {
        let (status, body) = http_get(host, server.port, "/", None).unwrap();
        assert_eq!(status, 200, "{host}");
        assert!(body.contains("touchstone laboratory application"));
    }
    let (status, body) = http_get("127.0.0.1", server.port, "/session.jsp", None).unwrap();
    assert_eq!((status, body.contains("calls=1 from=127.0.0.1")), (200, true), "{body}");
    assert_eq!(http_get("127.0.0.1", server.port, server.console_path, None).unwrap().0, 401);
    let (status, body) = http_get("127.0.0.1", server.port, server.console_path, Some((&server.user, &server.password))).unwrap();
    assert_eq!((status, body.contains("/manager")), (200, true));
    let (status, body) = http_get("::1", server.port, "/manager/text/list", Some((&server.user, &server.password))).unwrap();
    assert_eq!((status, body.starts_with("OK")), (200, true), "{body}");

    let proxy = Haproxy::start(&lab, server.port).unwrap();
    for host in ["127.0.0.1", "::1"] {
        assert_eq!(http_get(host, proxy.port, "/", None).unwrap().0, 200, "{host}");
    }
    let cut = support::slow_header_survives(proxy.port, 5);
    let kept = support::slow_header_survives(server.port, 5);
    assert_eq!((cut, kept), (false, true), "proxy cuts a slow header, the bare server keeps it");
    let begun = Instant::now();
    drop(proxy);
    eprintln!("haproxy stopped in {:?}", begun.elapsed());
    drop(server);
    eprintln!("tomcat stopped in {:?}", begun.elapsed());
    drop(lab);
    left.assert_none();
}

#[test]
fn tomcat_without_ipv6_listens_on_ipv4_only() {
    let lab = Lab::new().unwrap();
    let options = TomcatOptions { ipv6: false, ..TomcatOptions::default() };
    let server = Tomcat::start_with(&lab, options).unwrap();
    assert_eq!(http_get("127.0.0.1", server.port, "/", None).unwrap().0, 200);
    assert!(http_get("::1", server.port, "/", None).is_err());
}

#[test]
fn sshd_lets_in_the_right_key_only() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let server = Sshd::start(&lab).unwrap();
    let ssh = |extra: &[String]| {
        let mut command = std::process::Command::new("ssh");
        command.args(["-F", "none", "-o", "BatchMode=yes", "-p", &server.port.to_string()]);
        command.args(extra).arg(format!("{}@127.0.0.1", server.user)).arg("echo in-$((40+2))");
        command.env_remove("SSH_AUTH_SOCK");
        command
    };
    let known = |file: &std::path::Path| format!("-oUserKnownHostsFile={}", file.display());
    let key = |file: &std::path::Path| format!("-oIdentityFile={}", file.display());
    let good = known(&server.known_hosts_file);
    assert_eq!(text_of(&mut ssh(&[good.clone(), key(&server.client_key)])), "in-42\n");
    assert_eq!(text_of(&mut ssh(&[good.clone(), key(&server.other_key)])), "");
    assert_eq!(text_of(&mut ssh(&[known(&server.wrong_known_hosts_file), key(&server.client_key)])), "");
    let agent = format!("-oIdentityAgent={}", server.agent_socket.display());
    assert_eq!(text_of(&mut ssh(&[good, agent])), "in-42\n");
    // A session that is still open ends with the server.
    let mut open = std::process::Command::new("ssh");
    open.args(["-F", "none", "-o", "BatchMode=yes", "-p", &server.port.to_string(), &known(&server.known_hosts_file)]);
    let mut open = open.arg(key(&server.client_key)).arg(format!("{}@127.0.0.1", server.user)).arg("sleep 4711").spawn().unwrap();
    support::until("the session runs", || support::command_runs("sleep 4711"));
    drop(server);
    assert!(!open.wait().unwrap().success());
    assert!(!support::command_runs("sleep 4711"));
    drop(lab);
    left.assert_none();
}

#[test]
fn firewalld_lives_in_namespaces_of_its_own() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let begun = Instant::now();
    let daemon = Firewalld::start(&lab).unwrap();
    eprintln!("firewalld ready in {:?}", begun.elapsed());
    let inside = |words: &[&str]| {
        let mut command = std::process::Command::new(&daemon.enter[0]);
        text_of(command.args(&daemon.enter[1..]).args(words)).trim().to_owned()
    };
    assert_eq!(inside(&["firewall-cmd", "--state"]), "running");
    assert!(inside(&["firewall-cmd", "--get-zones"]).contains("public"));
    assert_eq!(inside(&["firewall-cmd", "--zone=public", "--add-port=8443/tcp"]), "success");
    assert!(inside(&["nft", "list", "ruleset"]).contains("8443"));
    assert_eq!(inside(&["firewall-cmd", "--permanent", "--new-zone=trial"]), "success");
    assert!(!std::path::Path::new("/etc/firewalld/zones/trial.xml").exists());
    let outside = text_of(std::process::Command::new("nft").args(["list", "ruleset"]));
    assert!(!outside.contains("8443"));
    drop(daemon);
    drop(lab);
    left.assert_none();
}

#[test]
fn minimal_root_has_busybox_and_nothing_more() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let root = MinimalRoot::start(&lab).unwrap();
    let inside = |script: &str| {
        let mut command = std::process::Command::new(&root.enter[0]);
        text_of(command.args(&root.enter[1..]).args(["sh", "-c", script])).trim().to_owned()
    };
    assert_eq!(inside("uname -r"), text_of(std::process::Command::new("uname").arg("-r")).trim());
    assert_eq!(inside("echo a > /tmp/x && cat /tmp/x; test -b /dev/loop0 && test -d /proc/1 && echo mounted"), "a\nmounted");
    for absent in ["grub-install", "firewall-cmd", "sgdisk", "parted", "apt-get"] {
        assert_eq!(inside(&format!("command -v {absent} || echo absent")), "absent");
    }
    drop(root);
    drop(lab);
    left.assert_none();
    assert!(std::path::Path::new("/dev/null").exists() && std::path::Path::new("/proc/self").exists());
}

#[test]
fn old_kernel_stand_in_tells_an_old_version() {
    let lab = Lab::new().unwrap();
    let kernel = OldKernelStandIn::start(&lab).unwrap();
    let told = text_of(std::process::Command::new(&kernel.enter[0]).args(&kernel.enter[1..]).args(["uname", "-r"]));
    assert!(told.starts_with("2.6."), "{told}");
}

#[test]
fn small_file_system_refuses_and_large_one_holds_three_terabytes() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let three = 3u64 << 40;
    let small = SmallFs::start(&lab).unwrap();
    let file = std::fs::File::create(small.dir.join("big")).unwrap();
    file.set_len(1 << 30).unwrap();
    assert_eq!(file.set_len(three).unwrap_err().kind(), std::io::ErrorKind::FileTooLarge);
    drop(file);
    let large = LargeFs::start(&lab).unwrap();
    let path = large.dir.join("big");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(three).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"end", three - 3).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), three);
    drop(file);
    drop(small);
    drop(large);
    drop(lab);
    left.assert_none();
}
