//! Task definitions: registered by family, numbered by revision, looked up as ECS lets one.

use serde_json::{Value, json};

use super::book::Book;
use super::error::EcsError;
use crate::aws::ids::{ACCOUNT, REGION};

/// One revision.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Family.
    pub family: String,
    /// From 1.
    pub revision: usize,
    /// The request as registered.
    pub body: Value,
}

impl Definition {
    /// ARN with revision.
    pub fn arn(&self) -> String {
        let Self { family, revision, .. } = self;
        format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:{revision}")
    }

    /// Names of the containers.
    pub fn containers(&self) -> Vec<&str> {
        let list = self.body["containerDefinitions"].as_array();
        list.into_iter().flatten().filter_map(|c| c["name"].as_str()).collect()
    }

    /// `stopTimeout` of the first container, in milliseconds.
    pub fn stop_timeout(&self) -> Option<i64> {
        self.body["containerDefinitions"][0]["stopTimeout"].as_i64().map(|s| s * 1000)
    }

    fn described(&self) -> Value {
        let mut shown = self.body.clone();
        shown["taskDefinitionArn"] = json!(self.arn());
        shown["revision"] = json!(self.revision);
        shown["status"] = json!("ACTIVE");
        shown
    }
}

impl Book {
    /// RegisterTaskDefinition: always a new revision.
    pub fn register(&mut self, body: Value) -> Result<Value, EcsError> {
        let family = body["family"].as_str().filter(|f| !f.is_empty());
        let family = family.ok_or_else(|| EcsError::refused("Family must not be blank."))?;
        if body["containerDefinitions"].as_array().is_none_or(Vec::is_empty) {
            return Err(EcsError::refused("Container list cannot be empty."));
        }
        let family = family.to_owned();
        let revisions = self.definitions.entry(family.clone()).or_default();
        let definition = Definition { family, revision: revisions.len() + 1, body };
        let shown = definition.described();
        revisions.push(definition);
        Ok(json!({ "taskDefinition": shown, "tags": [] }))
    }

    /// DescribeTaskDefinition.
    pub fn describe_definition(&self, body: &Value) -> Result<Value, EcsError> {
        let name = body["taskDefinition"].as_str().unwrap_or_default();
        let found = self
            .definition(name)
            .ok_or_else(|| EcsError::refused("Unable to describe task definition."))?;
        Ok(json!({ "taskDefinition": found.described(), "tags": [] }))
    }

    /// By `family` (its newest), `family:revision` or ARN.
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        let name = name.rsplit("task-definition/").next()?;
        match name.split_once(':') {
            None => self.definitions.get(name)?.last(),
            Some((family, revision)) => {
                let revision: usize = revision.parse().ok()?;
                self.definitions.get(family)?.get(revision.checked_sub(1)?)
            }
        }
    }
}
