//! stub
use crate::{Lab, LabError};
/// stub
#[derive(Debug)]
pub struct Firebird { /// .
 pub port: u16, /// .
 pub user: String, /// .
 pub password: String, /// .
 pub database: String }
impl Firebird { /// stub
/// # Errors
/// always
pub fn start(_: &Lab) -> Result<Self, LabError> { Err(LabError::NoPort) } }
