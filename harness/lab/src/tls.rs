//! A certificate authority of the lab's own and a server certificate for loopback.

use crate::{LabError, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files of a server's identity.
pub(crate) struct Identity {
    pub(crate) ca_file: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = touchstone lab
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1,IP:::1
";

/// Makes both in `folder`, valid for localhost, 127.0.0.1 and ::1.
pub(crate) fn make(folder: &Path) -> Result<Identity, LabError> {
    let openssl = system::program("openssl")?;
    let configuration = folder.join("openssl.cnf");
    system::write_file(&configuration, CONFIGURATION)?;
    let file = |name: &str| folder.join(name);
    let request = |section: &str, name: &str| {
        let mut command = Command::new(&openssl);
        command
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-days", "30", "-sha256", "-config"])
            .arg(&configuration)
            .args(["-extensions", section, "-subj", &format!("/CN=touchstone lab {section}"), "-keyout"])
            .arg(file(&format!("{name}.key")))
            .arg("-out")
            .arg(file(&format!("{name}.crt")));
        command
    };
    system::run(&mut request("authority", "ca"))?;
    system::run(request("server", "server").arg("-CA").arg(file("ca.crt")).arg("-CAkey").arg(file("ca.key")))?;
    Ok(Identity { ca_file: file("ca.crt"), certificate: file("server.crt"), key: file("server.key") })
}
