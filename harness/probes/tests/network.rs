//! HTTP and sockets, against servers of this test on loopback.

mod common;

use common::{spec, target};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use touchstone_model::inventory::{Credential, HttpSpec, SecretSource, TargetSpec};
use touchstone_probes::http::{Exchange, Request, Response};
use touchstone_probes::net::{Address, Connecting, Exchanged, Habit, Reading, SwarmPlan};
use touchstone_probes::{Family, NetworkFailure, ProbeError, Target};

/// Serves every connection by a function, until the test ends.
async fn serve<F>(address: &str, each: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(each(stream));
        }
    });
    port
}

async fn head(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => seen.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// Answers with the request's own head as body.
async fn echo(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) {
    let seen = head(&mut stream).await;
    let answer =
        format!("HTTP/1.1 302 Found\r\nLocation: /x\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: {}\r\n\r\n{seen}", seen.len());
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn http(url: &str, more: HttpSpec) -> Target {
    target(TargetSpec { http: Some(HttpSpec { endpoints: [("app".to_owned(), url.to_owned())].into(), ..more }), ..spec() })
}

async fn send(target: &Target, request: Request) -> Exchange {
    target.http().unwrap().send(request).await.unwrap()
}

fn answered(exchange: Exchange) -> Response {
    match exchange {
        Exchange::Answered(response) => response,
        Exchange::Failed(failure) => panic!("{failure}"),
    }
}

fn failed(exchange: Exchange) -> NetworkFailure {
    match exchange {
        Exchange::Failed(failure) => failure,
        Exchange::Answered(response) => panic!("{response:?}"),
    }
}

#[tokio::test]
async fn one_exchange() {
    let port = serve("127.0.0.1:0", echo).await;
    let url = format!("http://127.0.0.1:{port}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "open sesame").unwrap();
    let credential = Credential { user: "admin".into(), password: Some(SecretSource::File(file)) };
    let target = http(&url, HttpSpec { credentials: [("console".to_owned(), credential)].into(), ..HttpSpec::default() });
    let mut request = Request::get(format!("{url}/a/b?c=d#e"));
    request.headers.push(("X-Own".into(), "yes".into()));
    request.credential = Some("console".into());
    let response = answered(send(&target, request.clone()).await);
    assert_eq!((response.status, response.version.as_str()), (302, "HTTP/1.1"));
    assert_eq!(response.remote, format!("127.0.0.1:{port}"));
    assert_eq!(
        response.headers.iter().filter(|(name, _)| name == "x-a").map(|(_, v)| v.as_str()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    let seen = String::from_utf8(response.body.clone()).unwrap();
    assert!(seen.starts_with("GET /a/b?c=d HTTP/1.1\r\n"), "{seen}");
    let seen = seen.to_lowercase();
    assert!(seen.contains(&format!("host: 127.0.0.1:{port}\r\n")) && seen.contains("x-own: yes"), "{seen}");
    assert!(seen.contains(&"authorization: Basic YWRtaW46b3BlbiBzZXNhbWU=".to_lowercase()), "{seen}");
    let kept = target.redactor().bytes(&response.body);
    assert!(!String::from_utf8_lossy(&kept).contains("YWRtaW46"), "the credential must not be kept");
    assert!(
        response.timings.total_us >= response.timings.first_byte_us && response.timings.tls_us == 0 && response.tls.is_none()
    );
    request.body_limit = 10;
    let cut = answered(send(&target, request.clone()).await);
    assert_eq!((cut.body.as_slice(), cut.body_truncated), (&b"GET /a/b?c"[..], true));
    request.credential = Some("other".into());
    assert!(matches!(target.http().unwrap().send(request).await, Err(ProbeError::Unavailable(_))));
    for foreign in ["http://127.0.0.1:1/", "http://localhost/", "https://127.0.0.1/", "ftp://127.0.0.1/"] {
        assert!(matches!(target.http().unwrap().send(Request::get(foreign)).await, Err(ProbeError::Denied(_))), "{foreign}");
    }
    let as_user = format!("http://127.0.0.1:{port}@example.org/");
    assert!(matches!(target.http().unwrap().send(Request::get(as_user)).await, Err(ProbeError::Denied(_))));
    assert!(matches!(target.http().unwrap().send(Request::get("nonsense")).await, Err(ProbeError::Invalid(_))));
    assert!(matches!(common::target(spec()).http().map(drop), Err(ProbeError::Unavailable(_))));
}

#[tokio::test]
async fn forced_families() {
    let six = serve("[::1]:0", echo).await;
    let url = format!("http://localhost:{six}/");
    let target = http(&url, HttpSpec::default());
    let with = |family| Request { family: Some(family), ..Request::get(&url) };
    assert_eq!(answered(send(&target, with(Family::V6)).await).remote, format!("[::1]:{six}"));
    assert_eq!(failed(send(&target, with(Family::V4)).await), NetworkFailure::Refused);
    let url = format!("http://[::1]:{six}/");
    let target = http(&url, HttpSpec::default());
    let response = answered(send(&target, Request::get(&url)).await);
    assert!(String::from_utf8(response.body).unwrap().to_lowercase().contains(&format!("host: [::1]:{six}\r\n")));
    let four = Request { family: Some(Family::V4), ..Request::get(&url) };
    assert!(matches!(failed(send(&target, four).await), NetworkFailure::Resolution(_)));
}

#[tokio::test]
async fn failures_are_told_apart() {
    let silent = serve("127.0.0.1:0", |stream| async move {
        let _stream = stream;
        tokio::time::sleep(Duration::from_secs(30)).await;
    });
    let resetting = serve("127.0.0.1:0", |stream| async move {
        // Closing with unread input makes a reset.
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(stream);
    });
    let nonsense = serve("127.0.0.1:0", |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
    });
    let short = serve("127.0.0.1:0", |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
    });
    let slow = serve("127.0.0.1:0", |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
        tokio::time::sleep(Duration::from_secs(30)).await;
    });
    let (silent, resetting, nonsense, short, slow) = tokio::join!(silent, resetting, nonsense, short, slow);
    let of = async |scheme: &str, port: u16| {
        let url = format!("{scheme}://127.0.0.1:{port}/");
        let target = http(&url, HttpSpec::default());
        failed(send(&target, Request { timeout: Duration::from_millis(400), ..Request::get(url) }).await)
    };
    assert_eq!(of("http", silent).await, NetworkFailure::TimedOut("first byte".into()));
    assert_eq!(of("https", silent).await, NetworkFailure::TimedOut("tls".into()));
    assert_eq!(of("http", slow).await, NetworkFailure::TimedOut("body".into()));
    assert_eq!(of("http", resetting).await, NetworkFailure::Reset);
    assert!(matches!(of("http", nonsense).await, NetworkFailure::Protocol(_)));
    assert!(matches!(of("http", short).await, NetworkFailure::Protocol(_)));
    assert!(matches!(of("https", nonsense).await, NetworkFailure::Tls(_) | NetworkFailure::TimedOut(_)));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(of("http", free).await, NetworkFailure::Refused);
}

fn openssl(folder: &std::path::Path, arguments: &str) {
    let made = std::process::Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn tls_details() {
    let folder = tempfile::tempdir().unwrap();
    openssl(
        folder.path(),
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=Authority",
    );
    openssl(
        folder.path(),
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem -subj /O=Shop/CN=localhost",
    );
    std::fs::write(folder.path().join("ext"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(folder.path(), "x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -days 5 -extfile ext -out cert.pem");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let chain: Vec<_> = rustls_pemfile::certs(&mut read("cert.pem").as_slice()).map(Result::unwrap).collect();
    let key = rustls_pemfile::private_key(&mut read("key.pem").as_slice()).unwrap().unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let port = serve("127.0.0.1:0", move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                echo(stream).await;
            }
        }
    })
    .await;
    let url = format!("https://localhost:{port}/");
    let ca_file = Some(folder.path().join("ca.pem"));
    let response =
        answered(send(&http(&url, HttpSpec { ca_file: ca_file.clone(), ..HttpSpec::default() }), Request::get(&url)).await);
    let tls = response.tls.unwrap();
    assert_eq!(
        (tls.version.as_str(), tls.subject.as_str(), tls.issuer.as_str()),
        ("TLSv1.3", "O=Shop, CN=localhost", "CN=Authority")
    );
    assert!(tls.cipher.starts_with("TLS13_") && tls.not_after.len() == 20 && tls.not_after.ends_with('Z'), "{tls:?}");
    assert!(response.timings.tls_us > 0);
    let stranger = failed(send(&http(&url, HttpSpec::default()), Request::get(&url)).await);
    assert!(matches!(stranger, NetworkFailure::Tls(_)), "{stranger:?}");
    let careless = http(&url, HttpSpec { insecure: true, ..HttpSpec::default() });
    assert!(careless.http().unwrap().is_insecure());
    answered(send(&careless, Request::get(&url)).await);
    let other_name = format!("https://127.0.0.1:{port}/");
    let wrong = failed(send(&http(&other_name, HttpSpec { ca_file, ..HttpSpec::default() }), Request::get(&other_name)).await);
    assert!(matches!(wrong, NetworkFailure::Tls(_)), "{wrong:?}");
    let missing = http(&url, HttpSpec { ca_file: Some("/no/such.pem".into()), ..HttpSpec::default() });
    assert!(matches!(missing.http().unwrap().send(Request::get(&url)).await, Err(ProbeError::Unavailable(_))));
}

fn at(port: u16) -> Address {
    Address { host: "127.0.0.1".into(), port, family: None }
}

fn reaching(ports: &[u16]) -> Target {
    let addresses = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    target(TargetSpec { addresses, permits: vec!["denial-of-service".into()], ..spec() })
}

#[tokio::test]
async fn sockets() {
    let port = serve("127.0.0.1:0", |mut stream| async move {
        let mut buffer = [0; 4];
        let _ = stream.read_exact(&mut buffer).await;
        let _ = stream.write_all(&buffer).await;
        let _ = stream.write_all(b"!").await;
    })
    .await;
    let silent = serve("127.0.0.1:0", |stream| async move {
        let _stream = stream;
        tokio::time::sleep(Duration::from_secs(30)).await;
    })
    .await;
    let target = reaching(&[port, silent]);
    let net = target.net();
    let second = Duration::from_secs(1);
    assert_eq!(net.exchange(&at(port), b"ping", second, 100).await.unwrap(), Exchanged::Answered(b"ping!".to_vec()));
    assert_eq!(net.exchange(&at(port), b"ping", second, 2).await.unwrap(), Exchanged::Answered(b"pi".to_vec()));
    let quiet = net.exchange(&at(silent), b"x", Duration::from_millis(200), 10).await.unwrap();
    assert_eq!(quiet, Exchanged::Failed(NetworkFailure::TimedOut("read".into())));
    let Connecting::Connected(mut connection) = net.connect(&at(port), second).await.unwrap() else { panic!() };
    assert_eq!(connection.remote(), format!("127.0.0.1:{port}"));
    assert!(matches!(connection.read(10, Duration::from_millis(50)).await, Reading::Failed(NetworkFailure::TimedOut(_))));
    connection.write(b"abcd", second).await.unwrap();
    let mut all = Vec::new();
    while let Reading::Bytes(bytes) = connection.read(3, second).await {
        assert!(!bytes.is_empty() && bytes.len() <= 3);
        all.extend(bytes);
    }
    assert_eq!(all, b"abcd!");
    assert_eq!(connection.read(3, second).await, Reading::End);
    assert!(matches!(net.connect(&at(22), second).await, Err(ProbeError::Denied(_))));
    assert!(matches!(net.resolve("example.org", None).await, Err(ProbeError::Denied(_))));
    assert_eq!(net.resolve("127.0.0.1", None).await.unwrap(), ["127.0.0.1"]);
    assert_eq!(net.resolve("127.0.0.1", Some(Family::V6)).await.unwrap(), Vec::<String>::new());
    let named = common::target(TargetSpec { addresses: vec![format!("localhost:{port}")], ..spec() });
    assert!(matches!(named.net().connect(&at(port), second).await, Err(ProbeError::Denied(_))));
    assert_eq!(named.net().resolve("localhost", Some(Family::V4)).await.unwrap(), ["127.0.0.1"]);
    // What a name of the target resolved to belongs to the target.
    assert!(matches!(named.net().connect(&at(port), second).await, Ok(Connecting::Connected(_))));
}

fn slow(port: u16, connections: u32) -> SwarmPlan {
    SwarmPlan {
        address: at(port),
        connections,
        opening: b"GET / HTTP/1.1\r\n".to_vec(),
        habit: Habit::Drip(b"X: y\r\n".to_vec()),
        interval: Duration::from_millis(50),
        tls: Vec::new(),
        path: "/".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swarms() {
    // Whoever is not done after 500 ms is shown the door.
    let strict = serve("127.0.0.1:0", |mut stream| async move {
        let _ = tokio::time::timeout(Duration::from_millis(500), head(&mut stream)).await;
        let _ = stream.write_all(b"HTTP/1.1 408 x\r\n\r\n").await;
    })
    .await;
    let patient = serve("127.0.0.1:0", |mut stream| async move {
        head(&mut stream).await;
    })
    .await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = reaching(&[strict, patient, free]);
    let net = target.net();
    let began = Instant::now();
    let swarm = net.attack(slow(strict, 1500)).await.unwrap();
    loop {
        let status = swarm.status();
        assert_eq!(status.open + status.ended, status.connected);
        if status.ended == 1500 {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "{status:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = swarm.stop().await;
    assert_eq!((status.asked, status.connected, status.open, status.ended, status.refused), (1500, 1500, 0, 1500, 0));
    let (shortest, longest) = (status.shortest_life.unwrap(), status.longest_life.unwrap());
    assert!(shortest >= Duration::from_millis(150) && longest < Duration::from_secs(10), "{shortest:?} {longest:?}");
    assert_eq!(status.oldest_open, None);
    let swarm = net.attack(slow(patient, 200)).await.unwrap();
    let began = Instant::now();
    // A full queue of the listener makes the system try again after a second or more.
    while swarm.status().connected < 200 || began.elapsed() < Duration::from_secs(1) {
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", swarm.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = swarm.status();
    assert_eq!((status.connected, status.open, status.ended), (200, 200, 0));
    assert!(status.oldest_open.unwrap() > Duration::from_millis(500) && status.longest_life.is_none());
    drop(swarm);
    let swarm = net.attack(slow(free, 20)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let status = swarm.status();
    assert_eq!((status.connected, status.refused), (0, 20));
    assert!(matches!(net.attack(slow(patient, 1_000_000)).await, Err(ProbeError::Limit(_))));
    assert!(matches!(net.attack(slow(1, 1)).await, Err(ProbeError::Denied(_))));
    // Its address, but nobody permitted an attack.
    let spared = common::target(TargetSpec { addresses: vec![format!("127.0.0.1:{patient}")], ..spec() });
    assert!(matches!(spared.net().attack(slow(patient, 1)).await, Err(ProbeError::Denied(_))));
}

/// The abuses of HTTP/2 as a peer sees them: the rules are kept up to the abuse itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abuses_of_http2() {
    for (habit, kinds) in [(Habit::RapidReset(5), [1_u8, 3]), (Habit::Continuation(5), [1, 9])] {
        let (seen, mut frames) = tokio::sync::mpsc::unbounded_channel();
        let port = serve("127.0.0.1:0", move |mut stream| {
            let seen = seen.clone();
            async move {
                let mut preface = [0_u8; 24];
                stream.read_exact(&mut preface).await.unwrap();
                assert_eq!(&preface[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
                stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
                for _ in 0..40 {
                    let mut head = [0_u8; 9];
                    stream.read_exact(&mut head).await.unwrap();
                    let mut body = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                    stream.read_exact(&mut body).await.unwrap();
                    seen.send((head[3], head[4])).unwrap();
                }
            }
        })
        .await;
        let target = reaching(&[port]);
        let swarm = target.net().attack(SwarmPlan { habit, opening: Vec::new(), ..slow(port, 1) }).await.unwrap();
        let mut all = Vec::new();
        while all.len() < 40 {
            let next = tokio::time::timeout(Duration::from_secs(10), frames.recv()).await;
            all.push(next.expect("frames go on").expect("a frame"));
        }
        // Its own settings, then the acknowledgement of the server's.
        assert_eq!(all[..2], [(4, 0), (4, 1)]);
        assert!(all[2..].iter().all(|(kind, _)| kinds.contains(kind)), "{all:?}");
        assert!(kinds.iter().all(|kind| all.iter().any(|(seen, _)| seen == kind)), "{all:?}");
        assert!(swarm.stop().await.sent > 300);
    }
}

/// A real server says by which protocol it was asked.
#[tokio::test]
async fn http_2_where_both_sides_offer_it() {
    let lab = touchstone_lab::Lab::new().unwrap();
    let server = touchstone_lab::SecureNginx::start(&lab).unwrap();
    let url = format!("https://localhost:{}/", server.port);
    let response = answered(
        send(&http(&url, HttpSpec { ca_file: Some(server.ca_file.clone()), ..HttpSpec::default() }), Request::get(&url)).await,
    );
    assert_eq!((response.status, response.version.as_str(), response.body.as_slice()), (200, "HTTP/2", &b"HTTP/2.0"[..]));
    assert!(response.tls.is_some());
}
