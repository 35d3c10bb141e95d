//! What the sections' checks have found, and the checks they share.

use reqwest::Url;

use super::error::Problem;
use crate::clock::Millis;

/// Hosts of Amazon's own endpoints end with one of these.
pub(super) const AMAZON: &[&str] = &[".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
/// Hosts of Salesforce's own endpoints end with one of these.
pub(super) const SALESFORCE: &[&str] =
    &[".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn", ".sfcrmapps.cn"];

/// Collects problems; knows where each key was set.
pub(super) struct Findings<'a> {
    /// Endpoints of the emulator are allowed.
    pub(super) emulator: bool,
    origin: &'a dyn Fn(&str) -> String,
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(emulator: bool, origin: &'a dyn Fn(&str) -> String) -> Self {
        Self { emulator, origin, problems: Vec::new() }
    }

    pub(super) fn problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn add(&mut self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem {
            key: key.to_owned(),
            source: (self.origin)(key),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// A key without default that must be set.
    pub(super) fn required(&mut self, key: &str, set: bool, what_it_is: &str) {
        if !set {
            self.add(key, "is not set", format!("set it to {what_it_is}"));
        }
    }

    /// A number or time within bounds, both included.
    pub(super) fn within<T: PartialOrd + std::fmt::Display>(
        &mut self,
        key: &str,
        value: T,
        least: T,
        most: T,
    ) {
        if value < least || value > most {
            self.add(key, format!("{value} is out of bounds"), format!("use {least} to {most}"));
        }
    }

    /// A back-off: the first wait is not longer than the longest.
    pub(super) fn backoff(&mut self, section: &str, min: Millis, max: Millis) {
        self.within(&format!("{section}.backoff_min_ms"), min, 1, DAY);
        self.within(&format!("{section}.backoff_max_ms"), max, 1, DAY);
        if min > max {
            let key = format!("{section}.backoff_max_ms");
            self.add(&key, "is shorter than backoff_min_ms", "make it the longer of the two");
        }
    }

    /// An endpoint: `https://` and one of `hosts`, or anything when the emulator is allowed.
    /// An empty list of hosts means any host.
    pub(super) fn endpoint(&mut self, key: &str, text: &str, hosts: &[&str]) {
        let Ok(url) = Url::parse(text) else {
            self.add(key, "is not an address", "write it like https://host or https://host:port");
            return;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.add(key, "holds a user name or password", "leave it out: settings are printed");
        } else if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            self.add(key, "is neither https nor http", "write it like https://host");
        } else if !self.emulator {
            let host = url.host_str().unwrap_or_default();
            if url.scheme() == "http" {
                self.add(
                    key,
                    "is not encrypted",
                    "use https://, or set emulator = true if this is the emulator",
                );
            } else if !hosts.is_empty() && !hosts.iter().any(|end| host.ends_with(end)) {
                let wanted = hosts.join(", ");
                self.add(
                    key,
                    format!("the host {host} ends with none of {wanted}"),
                    "correct it, or set emulator = true if this is the emulator",
                );
            }
        }
    }

    /// A setting that names a file, but was given the file's content.
    pub(super) fn path(&mut self, key: &str, path: &std::path::Path) {
        if super::keys::looks_secret(&path.to_string_lossy()) {
            self.add(key, "holds a key instead of a path", "write the key to a file and name it");
        }
    }
}

/// One day in milliseconds.
pub(super) const DAY: Millis = 24 * 60 * 60 * 1_000;
