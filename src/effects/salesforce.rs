//! Effects on the Salesforce bank: reading a record once.

use crate::effects::runner::Trouble;
use crate::meeting::effect::{Failure, Outcome};
use crate::salesforce::records;
use crate::salesforce::rest::{Class, Rest, RestError};

/// Reads the meeting with its seats.
pub async fn read_record(rest: &Rest, meeting: &str, org_id: &str) -> Result<Outcome, Trouble> {
    let read =
        records::meeting(rest, meeting, org_id).await.map_err(|error| trouble(rest, error))?;
    Ok(match read {
        Some((record, secrets)) => Outcome::RecordRead { record: Some(Box::new(record)), secrets },
        None => Outcome::RecordRead { record: None, secrets: vec![] },
    })
}

fn trouble(rest: &Rest, error: RestError) -> Trouble {
    let after = match error.class() {
        Class::Wait => Some(rest.limit_wait()),
        Class::Reauthorize => Some(std::time::Duration::from_secs(60)),
        Class::Retry | Class::Permanent => None,
    };
    Trouble {
        again: error.class() != Class::Permanent,
        after,
        failure: Failure { code: error.code().into(), text: error.to_string() },
    }
}
