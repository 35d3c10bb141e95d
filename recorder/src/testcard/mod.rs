//! The test card: a page that draws the time and beeps, and the eyes and ears that read it back
//! from a recording. The recorder records it before each meeting; the tests judge by it.

pub mod judge;
pub mod read;

use base64::{Engine, engine::general_purpose::STANDARD};

/// The page.
pub const CARD: &str = include_str!("card.html");

/// The page as an address that needs no server.
pub fn address() -> String {
    format!("data:text/html;base64,{}", STANDARD.encode(CARD))
}
