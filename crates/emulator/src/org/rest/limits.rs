//! `/limits` and the list of resources.

use serde_json::json;

use super::call::Reply;
use crate::org::Org;

/// `GET /services/data/vXX.X/`.
pub(super) fn resources(version: &str) -> Reply {
    let url = |name: &str| format!("/services/data/v{version}/{name}");
    Reply::ok(json!({
        "sobjects": url("sobjects"),
        "query": url("query"),
        "queryAll": url("queryAll"),
        "composite": url("composite"),
        "limits": url("limits"),
    }))
}

/// `GET /limits`: what our clients look at.
pub(super) fn limits(org: &Org) -> Reply {
    let (used, limit) = org.api_usage();
    let deliveries = org.delivery_usage();
    let both =
        |limit: u64, used: u64| json!({"Max": limit, "Remaining": limit.saturating_sub(used)});
    Reply::ok(json!({
        "DailyApiRequests": both(limit, used),
        "DailyDeliveredPlatformEvents": both(deliveries.limit, deliveries.used),
        "HourlyPublishedPlatformEvents": both(250_000, 0),
        "SingleEmail": both(5_000, 0),
    }))
}
