//! The package's settings (`Chime_Setting__mdt`, record `Default`), as `ChimeSettings` reads
//! them. The room's address is this machine's, whatever the record says, and no `https`: an org
//! takes only that.

use std::path::PathBuf;

use anyhow::Context;

use crate::org::metadata::source;

/// Settings as the Apex understands them.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The room's origin.
    pub room_url: String,
    /// Consent policy of a meeting that names none.
    pub policy: String,
    /// Who may record: `Host`, `Host and managers`, `Nobody`.
    pub who_may_record: String,
    /// Meetings are recorded by themselves.
    pub auto_record: bool,
    /// Where meetings are held, if it is set.
    pub region: Option<String>,
    /// Address invitations are sent from, if it is set.
    pub sender: Option<String>,
}

/// Consent policies.
pub const POLICIES: [&str; 2] = ["Everyone agrees", "Notice"];
/// `Who_May_Record__c`: nobody.
pub const NOBODY: &str = "Nobody";
/// `Who_May_Record__c`: the host and managers.
pub const HOST_AND_MANAGERS: &str = "Host and managers";

impl Settings {
    /// Reads the record of the source folders.
    ///
    /// # Errors
    /// It cannot be read, or is not XML.
    pub fn read(folders: &[PathBuf], room_url: String) -> anyhow::Result<Self> {
        let mut settings = Self {
            room_url,
            policy: POLICIES[0].into(),
            who_may_record: "Host".into(),
            ..Self::default()
        };
        for folder in folders {
            let path = folder.join("customMetadata/Chime_Setting.Default.md-meta.xml");
            if !path.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("the settings {} cannot be read", path.display()))?;
            let document = roxmltree::Document::parse(&text)
                .with_context(|| format!("the settings {} are not XML", path.display()))?;
            for row in source::children(document.root_element(), "values") {
                if let (Some(field), Some(value)) =
                    (source::text(row, "field"), source::text(row, "value"))
                {
                    settings.take(field, value);
                }
            }
        }
        settings.auto_record &= settings.who_may_record != NOBODY;
        Ok(settings)
    }

    fn take(&mut self, field: &str, value: &str) {
        match field {
            "Default_Policy__c" if POLICIES.contains(&value) => self.policy = value.into(),
            "Who_May_Record__c" if [HOST_AND_MANAGERS, NOBODY].contains(&value) => {
                self.who_may_record = value.into();
            }
            "Auto_Record__c" => self.auto_record = value == "true",
            "Default_Region__c" => self.region = Some(value.into()),
            "Sender_Address__c" => self.sender = Some(value.into()),
            _ => {}
        }
    }
}
