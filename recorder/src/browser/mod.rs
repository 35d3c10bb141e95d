//! The browser that shows the meeting's page.

pub mod cdp;
pub mod chromium;
pub mod page;
