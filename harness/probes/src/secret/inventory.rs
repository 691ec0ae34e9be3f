//! All secrets of an inventory, known before anything is asked of a target: one role's password may be shown by another's
//! session.

use super::{Redactor, Secret, Weakness, resolve};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use touchstone_model::inventory::{Credential, Inventory, SecretSource, SshAuth, SshSpec, TargetSpec, Transport};

/// Lines of a key file shorter than this happen by chance.
const KEY_LINE: usize = 16;
/// Larger files are no keys.
const KEY_BYTES: u64 = 64 * 1024;

/// A weak secret, and where the inventory names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Target and use.
    pub place: String,
    /// Why it is weak.
    pub weakness: Weakness,
}

/// Makes every secret known that can be read now. One that cannot is told when it is needed.
pub fn learn(redactor: &Redactor, inventory: &Inventory) -> Vec<Told> {
    redactor.add_names(inventory.targets.iter().flat_map(names));
    let found: Vec<(String, Secret)> = inventory.targets.iter().flat_map(secrets).collect();
    let (places, secrets): (Vec<String>, Vec<Secret>) = found.into_iter().unzip();
    let weaknesses = redactor.add_all(&secrets);
    places.into_iter().zip(weaknesses).filter_map(|(place, weakness)| Some(Told { place, weakness: weakness? })).collect()
}

/// What a target and those who use it are called: nobody's secret.
fn names(target: &TargetSpec) -> Vec<String> {
    let mut names = vec![target.name.clone(), target.kind.clone()];
    names.extend(target.adapter.iter().chain(&target.tags).cloned());
    for (node, shell) in &target.shells {
        names.push(node.clone());
        if let Transport::Ssh(ssh) = &shell.transport {
            let hops = std::iter::successors(Some(&**ssh), |hop| hop.jump.as_deref());
            names.extend(hops.flat_map(|hop| [hop.user.clone(), hop.address.clone()]));
        }
    }
    if let Some(sql) = &target.sql {
        names.extend([sql.protocol.clone(), sql.host.clone(), sql.database.clone()]);
        names.extend(sql.product.iter().chain(&sql.family).cloned());
        names.extend(sql.roles.iter().flat_map(|(role, credential)| [role.clone(), credential.user.clone()]));
    }
    if let Some(http) = &target.http {
        names.extend(http.endpoints.iter().flat_map(|(purpose, url)| [purpose.clone(), url.clone()]));
        names.extend(http.credentials.iter().flat_map(|(name, credential)| [name.clone(), credential.user.clone()]));
    }
    names
}

fn secrets(target: &TargetSpec) -> Vec<(String, Secret)> {
    let mut found = Vec::new();
    let mut add = |what: String, source: &SecretSource| {
        if let Ok(secret) = resolve(source) {
            found.push((format!("{}: {what}", target.name), secret));
        }
    };
    for (node, shell) in &target.shells {
        if let Some(password) = shell.sudo.as_ref().and_then(|sudo| sudo.password.as_ref()) {
            add(format!("{node}, sudo"), password);
        }
        if let Transport::Ssh(ssh) = &shell.transport {
            for (hop, source) in std::iter::successors(Some(&**ssh), |hop| hop.jump.as_deref()).flat_map(of_login) {
                add(format!("{node}, SSH {}@{}", hop.user, hop.address), source);
            }
        }
    }
    for (role, credential) in target.sql.iter().flat_map(|sql| &sql.roles) {
        if let Some(password) = &credential.password {
            add(format!("SQL {role}"), password);
        }
    }
    for (name, credential) in target.http.iter().flat_map(|http| &http.credentials) {
        if let Some(password) = &credential.password {
            add(format!("HTTP {name}"), password);
        }
    }
    found.extend(
        target.http.iter().flat_map(|http| http.credentials.values()).filter_map(basic).map(|s| (target.name.clone(), s)),
    );
    let keys = target.shells.iter().filter_map(|(_, shell)| match &shell.transport {
        Transport::Ssh(ssh) => Some(key_lines(ssh)),
        Transport::Local => None,
    });
    found.extend(keys.flatten().map(|line| (target.name.clone(), line)));
    found
}

fn of_login(hop: &SshSpec) -> Vec<(&SshSpec, &SecretSource)> {
    let sources = hop.auth.iter().filter_map(|way| match way {
        SshAuth::Key { passphrase, .. } => passphrase.as_ref(),
        SshAuth::Password(source) => Some(source),
        SshAuth::Agent(_) => None,
    });
    sources.map(|source| (hop, source)).collect()
}

/// What HTTP's Basic scheme sends (RFC 7617): with a weak password the only trace of it.
fn basic(credential: &Credential) -> Option<Secret> {
    let password = resolve(credential.password.as_ref()?).ok()?;
    let pair = zeroize::Zeroizing::new(format!("{}:{}", credential.user, password.expose()));
    Some(Secret::new(STANDARD.encode(pair.as_bytes())))
}

/// The lines of private keys.
fn key_lines(ssh: &SshSpec) -> Vec<Secret> {
    let hops = std::iter::successors(Some(ssh), |hop| hop.jump.as_deref());
    let files = hops.flat_map(|hop| &hop.auth).filter_map(|way| match way {
        SshAuth::Key { file, .. } => Some(file),
        _ => None,
    });
    let small = files.filter(|file| std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.len() <= KEY_BYTES));
    small
        .filter_map(|file| std::fs::read_to_string(file).ok().map(zeroize::Zeroizing::new))
        .flat_map(|text| {
            let lines = text.lines().filter(|line| line.len() >= KEY_LINE && !line.starts_with("-----") && !line.contains(':'));
            lines.map(Secret::new).collect::<Vec<_>>()
        })
        .collect()
}
