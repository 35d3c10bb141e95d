//! How much of the org's API allowance is used: from the header of every answer, and in full from
//! the `limits` resource.

use serde_json::{Map, Value};

use super::client::{Rest, Verb};
use super::error::RestError;

/// Calls used today, as the header `Sforce-Limit-Info` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiUsage {
    /// Calls used in the last 24 hours.
    pub used: u64,
    /// Calls the org has a day.
    pub max: u64,
}

impl ApiUsage {
    /// Reads `api-usage=18/5000`, wherever it stands between other words: newer releases add more.
    pub fn parse(header: &str) -> Option<Self> {
        header.split([';', ',']).find_map(|part| {
            let (used, max) = part.trim().strip_prefix("api-usage=")?.split_once('/')?;
            let max = max.split_whitespace().next()?;
            Some(Self { used: used.trim().parse().ok()?, max: max.parse().ok()? })
        })
    }

    /// Share used, 0 to 1 and above.
    pub fn share(&self) -> f64 {
        if self.max == 0 { 0.0 } else { self.used as f64 / self.max as f64 }
    }
}

/// One of the org's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The allowance.
    pub max: i64,
    /// What is left of it.
    pub remaining: i64,
}

/// The org's limits by Salesforce's names.
#[derive(Debug, Clone, Default)]
pub struct Limits(Map<String, Value>);

impl Limits {
    /// Deliveries of platform and change events to API subscribers in 24 hours.
    pub const DELIVERIES: &'static str = "DailyDeliveredPlatformEvents";
    /// API calls in 24 hours.
    pub const API_CALLS: &'static str = "DailyApiRequests";

    /// One limit; `None` where the org does not name it.
    pub fn get(&self, name: &str) -> Option<Limit> {
        let entry = self.0.get(name)?;
        Some(Limit {
            max: entry.get("Max")?.as_i64()?,
            remaining: entry.get("Remaining")?.as_i64()?,
        })
    }
}

impl Rest {
    /// All limits of the org.
    pub async fn limits(&self) -> Result<Limits, RestError> {
        match self.call("limits", Verb::Get, &self.path("/limits"), None).await? {
            Value::Object(map) => Ok(Limits(map)),
            _ => {
                Err(RestError::Unreadable { call: "limits", reason: "it is not an object".into() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_header_is_read_leniently() {
        let usage = |text| ApiUsage::parse(text);
        assert_eq!(usage("api-usage=18/5000"), Some(ApiUsage { used: 18, max: 5000 }));
        assert_eq!(
            usage("api-usage=10018/100000; api-bursts=1/750"),
            Some(ApiUsage { used: 10018, max: 100_000 })
        );
        assert_eq!(
            usage("per-app-api-usage=17/250(appName=x), api-usage=25/5000"),
            Some(ApiUsage { used: 25, max: 5000 })
        );
        assert_eq!(usage("something new"), None);
        assert_eq!(usage("api-usage=a/b"), None);
    }
}
