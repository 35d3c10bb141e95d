//! What a recorder reads and writes in S3. It deletes nothing: the bridge deletes the launch file,
//! the bucket's rule the journal.

use std::collections::HashMap;

use aws_sdk_s3::config::{Credentials, Region};
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use chime_contract::recording::{
    LaunchFile, PieceNote, RecorderEnvironment, journal_prefix, launch_key, note_key, piece_key,
};

use super::StandInError;
use crate::aws::ids::REGION;
use crate::aws::s3::{ACCESS_KEY, SECRET_KEY};

/// The two buckets, for one attempt.
pub struct Files {
    s3: aws_sdk_s3::Client,
    task: RecorderEnvironment,
}

impl Files {
    /// A client for the endpoint the environment names.
    pub fn new(
        task: &RecorderEnvironment,
        variables: &HashMap<String, String>,
    ) -> Result<Self, StandInError> {
        let value = |name: &str| variables.get(name).cloned();
        let endpoint =
            value("AWS_ENDPOINT_URL").ok_or(StandInError::Environment("AWS_ENDPOINT_URL"))?;
        let id = value("AWS_ACCESS_KEY_ID").unwrap_or_else(|| ACCESS_KEY.into());
        let secret = value("AWS_SECRET_ACCESS_KEY").unwrap_or_else(|| SECRET_KEY.into());
        let config = aws_sdk_s3::Config::builder()
            .endpoint_url(endpoint)
            .region(Region::new(value("AWS_REGION").unwrap_or_else(|| REGION.into())))
            .credentials_provider(Credentials::new(id, secret, None, None, "environment"))
            .force_path_style(true)
            .build();
        Ok(Self { s3: aws_sdk_s3::Client::from_conf(config), task: task.clone() })
    }

    /// The launch file.
    pub async fn launch(&self) -> Result<LaunchFile, StandInError> {
        let key = launch_key(&self.task.recording, self.task.attempt);
        let get = self.s3.get_object().bucket(&self.task.work_bucket).key(&key).send();
        let got = get.await.map_err(|e| failed("GetObject", &key, &e))?;
        let body = got.body.collect().await.map_err(|e| failed("GetObject", &key, &e))?;
        serde_json::from_slice(&body.into_bytes())
            .map_err(|e| StandInError::File("the launch file", e.to_string()))
    }

    /// A journal fragment: `journal/<recording>/<attempt>-<piece>-<fragment>`.
    pub async fn fragment(
        &self,
        piece: u32,
        number: u32,
        body: String,
    ) -> Result<(), StandInError> {
        let RecorderEnvironment { recording, attempt, .. } = &self.task;
        let prefix = journal_prefix(recording);
        let key = format!("{prefix}{attempt}-{piece:03}-{number:04}");
        let put = self.s3.put_object().bucket(&self.task.work_bucket).key(&key);
        let put = put.body(ByteStream::from(body.into_bytes()));
        put.send().await.map_err(|e| failed("PutObject", &key, &e))?;
        Ok(())
    }

    /// The piece, then its note: the note's notice says that the piece is whole. Conditional puts,
    /// for a finisher may have been faster; then its note stands and ours is dropped.
    pub async fn piece(
        &self,
        meeting: &str,
        media: Vec<u8>,
        note: &PieceNote,
    ) -> Result<(), StandInError> {
        let RecorderEnvironment { recording, attempt, .. } = &self.task;
        let text = serde_json::to_vec(note)
            .map_err(|e| StandInError::File("the piece note", e.to_string()))?;
        let media_key = piece_key(meeting, recording, *attempt, note.piece);
        let note_key = note_key(meeting, recording, *attempt, note.piece);
        for (key, body, kind) in
            [(media_key, media, "video/mp4"), (note_key, text, "application/json")]
        {
            let put = self.s3.put_object().bucket(&self.task.recordings_bucket).key(&key);
            let put = put.content_type(kind).if_none_match("*").body(ByteStream::from(body));
            match put.send().await {
                Ok(_) => {}
                Err(e) if e.raw_response().is_some_and(|r| r.status().as_u16() == 412) => {
                    tracing::info!(key, "another was faster");
                    return Ok(());
                }
                Err(e) => return Err(failed("PutObject", &key, &e)),
            }
        }
        Ok(())
    }
}

fn failed(
    what: &'static str,
    key: &str,
    error: &(dyn std::error::Error + 'static),
) -> StandInError {
    let reason = DisplayErrorContext(error).to_string();
    StandInError::Storage { what, key: key.into(), reason }
}
