//! Proving to an SSH server who we are.

use super::ssh::Host;
use crate::ProbeError;
use crate::error::chain;
use crate::secret::{self, Redactor};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{Algorithm, PrivateKeyWithHashAlg, load_secret_key};
use std::path::Path;
use std::sync::Arc;
use touchstone_model::inventory::{SecretSource, SshAuth, SshSpec};

/// Tries the ways of the inventory in their order.
pub(super) async fn log_in(handle: &mut Handle<Host>, spec: &SshSpec, redactor: &Redactor) -> Result<(), ProbeError> {
    let mut refusals = Vec::new();
    for way in &spec.auth {
        let (name, tried) = match way {
            SshAuth::Key { file, passphrase } => {
                (format!("key {}", file.display()), by_key(handle, spec, file, passphrase.as_ref(), redactor).await)
            }
            SshAuth::Agent(socket) => ("agent".to_owned(), by_agent(handle, spec, socket.as_deref()).await),
            SshAuth::Password(source) => ("password".to_owned(), by_password(handle, spec, source, redactor).await),
        };
        match tried {
            Ok(true) => return Ok(()),
            Ok(false) => refusals.push(format!("{name}: refused by the server")),
            Err(why) => refusals.push(format!("{name}: {}", redactor.text(&why))),
        }
        if handle.is_closed() {
            break;
        }
    }
    if refusals.is_empty() {
        refusals.push("the inventory names no way to log in".to_owned());
    }
    let whom = format!("{}@{}:{}", spec.user, spec.address, spec.port);
    Err(ProbeError::Lost(format!("SSH {whom}: login failed: {}", refusals.join("; "))))
}

async fn by_key(
    handle: &mut Handle<Host>,
    spec: &SshSpec,
    file: &Path,
    passphrase: Option<&SecretSource>,
    redactor: &Redactor,
) -> Result<bool, String> {
    let passphrase = passphrase.map(secret::resolve).transpose().map_err(|e| e.to_string())?;
    if let Some(passphrase) = &passphrase {
        redactor.add(passphrase);
    }
    let key = load_secret_key(file, passphrase.as_ref().map(|p| p.expose())).map_err(|e| chain(&e))?;
    let hash = match key.algorithm() {
        Algorithm::Rsa { .. } => handle.best_supported_rsa_hash().await.map_err(|e| chain(&e))?.flatten(),
        _ => None,
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    handle.authenticate_publickey(&spec.user, key).await.map(|r| r.success()).map_err(|e| chain(&e))
}

async fn by_agent(handle: &mut Handle<Host>, spec: &SshSpec, socket: Option<&Path>) -> Result<bool, String> {
    let agent = match socket {
        Some(socket) => AgentClient::connect_uds(socket).await,
        None => AgentClient::connect_env().await,
    };
    let mut agent = agent.map_err(|e| format!("no agent: {}", chain(&e)))?;
    let identities = agent.request_identities().await.map_err(|e| chain(&e))?;
    for identity in identities {
        let AgentIdentity::PublicKey { key, .. } = identity else { continue };
        let hash = match key.algorithm() {
            Algorithm::Rsa { .. } => handle.best_supported_rsa_hash().await.map_err(|e| chain(&e))?.flatten(),
            _ => None,
        };
        let result = handle.authenticate_publickey_with(&spec.user, key, hash, &mut agent).await;
        if result.map_err(|e| e.to_string())?.success() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn by_password(
    handle: &mut Handle<Host>,
    spec: &SshSpec,
    source: &SecretSource,
    redactor: &Redactor,
) -> Result<bool, String> {
    let password = secret::resolve(source).map_err(|e| e.to_string())?;
    redactor.add(&password);
    let plain = handle.authenticate_password(&spec.user, password.expose()).await.map_err(|e| chain(&e))?;
    let AuthResult::Failure { remaining_methods, .. } = plain else { return Ok(true) };
    if !remaining_methods.contains(&russh::MethodKind::KeyboardInteractive) {
        return Ok(false);
    }
    // Servers that leave passwords to PAM often ask for them this way.
    let mut answer = handle.authenticate_keyboard_interactive_start(&spec.user, None::<String>).await.map_err(|e| chain(&e))?;
    for _ in 0..3 {
        match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let replies = prompts.iter().map(|_| password.expose().to_owned()).collect();
                answer = handle.authenticate_keyboard_interactive_respond(replies).await.map_err(|e| chain(&e))?;
            }
        }
    }
    Ok(matches!(answer, KeyboardInteractiveAuthResponse::Success))
}
