//! Where settings come from, and reading them.

use std::path::PathBuf;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::error::{ConfigError, Problem};
use super::findings::Findings;
use super::{Config, keys};

/// Variables begin with this.
const PREFIX: &str = "CHIME_BRIDGE_";
/// Names the file itself; read by the command line, not a setting.
const FILE_VARIABLE: &str = "CHIME_BRIDGE_CONFIG";

/// File, environment, flags: the later wins.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The TOML file; it must exist if it is named.
    pub file: Option<PathBuf>,
    /// Variables; those without our prefix are ignored.
    pub environment: Vec<(String, String)>,
    /// Flags: full key and value as text (`aws.region`, `eu-central-1`); lists separated by commas.
    pub overrides: Vec<(String, String)>,
}

impl Sources {
    /// The process's own environment.
    pub fn of_process(file: Option<PathBuf>, overrides: Vec<(String, String)>) -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| {
                (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
            })
            .collect();
        Self { file, environment, overrides }
    }

    /// Reads and checks everything: for running the bridge.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let (config, figment) = self.figure()?;
        let origin = |key: &str| origin(&figment, key);
        let mut findings = Findings::new(config.emulator, &origin);
        config.check(&mut findings);
        match findings.problems() {
            problems if problems.is_empty() => Ok(config),
            problems => Err(ConfigError::Problems(problems)),
        }
    }

    /// Reads without asking whether it is enough to run: for commands that need one section.
    /// Unknown keys and values of the wrong kind are errors here too.
    pub fn read(&self) -> Result<Config, ConfigError> {
        self.figure().map(|(config, _)| config)
    }

    fn figure(&self) -> Result<(Config, Figment), ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = &self.file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let variables = self
            .environment
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX) && name != FILE_VARIABLE);
        for (name, value) in variables {
            let key = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
            figment = figment.merge(Given::new(format!("variable {name}"), key, value));
        }
        for (key, value) in &self.overrides {
            figment = figment.merge(Given::new(format!("flag {key}"), key.clone(), value));
        }
        let given: Dict = figment.extract().map_err(|e| refused(&figment, e))?;
        let unknown = unknown(&figment, &given);
        if !unknown.is_empty() {
            return Err(ConfigError::Problems(unknown));
        }
        let mut config: Config = figment.extract().map_err(|e| refused(&figment, e))?;
        // One control region, told to the domain too, since it is stored with each session.
        config.meeting.control_region = config.aws.control_region.clone();
        Ok((config, figment))
    }
}

/// One value from a variable or a flag.
struct Given {
    metadata: Metadata,
    key: String,
    value: Value,
}

impl Given {
    fn new(name: String, key: String, text: &str) -> Self {
        let value = keys::typed(&key, text);
        Self { metadata: Metadata::named(name), key, value }
    }
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let nested = self.key.rsplit('.').fold(self.value.clone(), |inner, name| {
            Value::from(Dict::from([(name.to_owned(), inner)]))
        });
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn unknown(figment: &Figment, given: &Dict) -> Vec<Problem> {
    let known = keys::known();
    let is_section =
        |key: &str| known.iter().any(|(known, _)| known.starts_with(&format!("{key}.")));
    keys::flatten(given)
        .into_iter()
        // A section that is a plain value is refused with its kind when it is read.
        .filter(|(key, _)| !known.iter().any(|(known, _)| known == key) && !is_section(key))
        .map(|(key, _)| Problem {
            source: origin(figment, &key),
            what: "there is no such key".into(),
            remedy: match keys::nearest(&key) {
                _ if key == "meeting.control_region" => "set aws.control_region".into(),
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "see config/bridge.example.toml for all keys".into(),
            },
            key,
        })
        .collect()
}

fn refused(figment: &Figment, error: Error) -> ConfigError {
    let problems = error.into_iter().map(|error| {
        let key = error.path.join(".");
        let source = match (&error.metadata, key.as_str()) {
            (Some(metadata), _) => said(metadata),
            (None, "") => "settings".into(),
            (None, key) => origin(figment, key),
        };
        Problem { key, source, what: error.kind.to_string(), remedy: String::new() }
    });
    ConfigError::Problems(problems.collect())
}

/// Where a key was set.
fn origin(figment: &Figment, key: &str) -> String {
    figment.find_metadata(key).map_or_else(|| "not set".into(), said)
}

fn said(metadata: &Metadata) -> String {
    match metadata.source.as_ref().and_then(|source| source.file_path()) {
        Some(path) => path.display().to_string(),
        None => metadata.name.to_string(),
    }
}
