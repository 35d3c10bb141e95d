//! Who we are to the org. A [`Session`] is what every call needs: token, instance address, org id.
//! The [`Authenticator`] hands it out, logs in once however many ask, and renews it before it dies.

mod assertion;
mod authenticator;
mod credentials;
mod login;
mod session;

pub use authenticator::Authenticator;
pub use chime_wire::answer::{TokenAnswer, parse_token_answer};
pub use credentials::{AuthSettings, Credentials};
pub use session::Session;
