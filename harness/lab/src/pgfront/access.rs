//! Who may come in: one user, one password, one database.

use async_trait::async_trait;
use pgwire::api::auth::{AuthSource, LoginInfo, Password};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};

/// The one user that is known.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) password: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access")
    }
}

#[async_trait]
impl AuthSource for Access {
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        let user = login.user().unwrap_or_default();
        if user != super::NAME {
            return Err(PgWireError::InvalidPassword(user.to_owned()));
        }
        match login.database() {
            None | Some(super::NAME) => Ok(Password::new(None, self.password.clone().into_bytes())),
            Some(other) => Err(PgWireError::UserError(Box::new(ErrorInfo::new(
                "FATAL".to_owned(),
                "3D000".to_owned(),
                format!("database \"{other}\" does not exist"),
            )))),
        }
    }
}
