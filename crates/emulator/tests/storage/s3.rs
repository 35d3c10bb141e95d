//! Objects, versions, conditions, links, uploads.

use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier, Tag, Tagging,
};
use chime_emulator::aws::objects::Objects;
use chime_emulator::aws::s3::Encryption;
use chime_emulator::faults::FaultKind;

use crate::account::Account;

const KEPT: &str = "chime-recordings";
const WORK: &str = "chime-work";

fn bytes(text: &str) -> ByteStream {
    ByteStream::from(text.as_bytes().to_vec())
}

/// HTTP status and S3's code of a refusal.
fn refusal<T: std::fmt::Debug, E>(result: Result<T, SdkError<E>>) -> (u16, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let error = result.expect_err("should be refused");
    let status = error.raw_response().map_or(0, |r| r.status().as_u16());
    (status, error.code().unwrap_or_default().to_owned())
}

async fn text(client: &aws_sdk_s3::Client, bucket: &str, key: &str, id: Option<&str>) -> String {
    let got = client.get_object().bucket(bucket).key(key);
    let got = got.set_version_id(id.map(String::from)).send().await.unwrap();
    String::from_utf8(got.body.collect().await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_delete_in_a_versioned_bucket_hides_the_object_and_keeps_its_versions() {
    let account = Account::open().await;
    let s3 = account.s3();
    let put = async |body| s3.put_object().bucket(KEPT).key("a/b").body(bytes(body)).send().await;
    let first = put("one").await.unwrap().version_id.unwrap();
    let second = put("two").await.unwrap().version_id.unwrap();
    let deleted = s3.delete_object().bucket(KEPT).key("a/b").send().await.unwrap();
    assert_eq!(deleted.delete_marker, Some(true));
    let marker = deleted.version_id.unwrap();

    assert_eq!(
        refusal(s3.get_object().bucket(KEPT).key("a/b").send().await),
        (404, "NoSuchKey".into())
    );
    assert_eq!(account.s3.get(KEPT, "a/b").await, None);
    assert!(s3.list_objects_v2().bucket(KEPT).send().await.unwrap().contents().is_empty());
    assert_eq!(text(&s3, KEPT, "a/b", Some(&first)).await, "one");
    let as_marker = s3.get_object().bucket(KEPT).key("a/b").version_id(&marker).send().await;
    assert_eq!(refusal(as_marker), (405, "MethodNotAllowed".into()));

    let listed = s3.list_object_versions().bucket(KEPT).prefix("a/").send().await.unwrap();
    let ids: Vec<_> = listed.versions().iter().map(|v| v.version_id().unwrap()).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    assert_eq!(listed.delete_markers()[0].version_id(), Some(marker.as_str()));
    assert_eq!(listed.delete_markers()[0].is_latest(), Some(true));

    s3.delete_object().bucket(KEPT).key("a/b").version_id(&marker).send().await.unwrap();
    assert_eq!(text(&s3, KEPT, "a/b", None).await, "two");
    for id in [&first, &second] {
        s3.delete_object().bucket(KEPT).key("a/b").version_id(id).send().await.unwrap();
    }
    assert!(account.s3.versions(KEPT, "").is_empty());
}

#[tokio::test]
async fn versions_can_be_paged_one_at_a_time_without_loss() {
    let account = Account::open().await;
    let s3 = account.s3();
    for key in ["k1", "k1", "k1", "k2"] {
        s3.put_object().bucket(KEPT).key(key).body(bytes("x")).send().await.unwrap();
    }
    s3.delete_object().bucket(KEPT).key("k2").send().await.unwrap();
    let (mut seen, mut key, mut id) = (Vec::new(), None, None);
    loop {
        let page = s3.list_object_versions().bucket(KEPT).max_keys(1);
        let page = page.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        seen.extend(page.versions().iter().map(|v| v.version_id().unwrap().to_owned()));
        seen.extend(page.delete_markers().iter().map(|v| v.version_id().unwrap().to_owned()));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, id) = (page.next_key_marker, page.next_version_id_marker);
    }
    let all: Vec<_> = account.s3.versions(KEPT, "").into_iter().map(|v| v.version_id).collect();
    assert_eq!(all.len(), 5);
    assert_eq!(seen, all);
}

#[tokio::test]
async fn only_the_first_conditional_put_wins_even_when_its_answer_is_lost() {
    let account = Account::open().await;
    let s3 = account.s3();
    let put = async |body| {
        let put = s3.put_object().bucket(WORK).key("note").if_none_match("*");
        put.body(bytes(body)).send().await
    };
    put("first").await.unwrap();
    assert_eq!(refusal(put("second").await), (412, "PreconditionFailed".into()));
    assert_eq!(text(&s3, WORK, "note", None).await, "first");

    s3.delete_object().bucket(WORK).key("note").send().await.unwrap();
    account.order("s3", "PutObject", FaultKind::LoseAnswer);
    // The client repeats it by itself and is told that another was faster: itself.
    assert_eq!(refusal(put("third").await), (412, "PreconditionFailed".into()));
    assert_eq!(text(&s3, WORK, "note", None).await, "third");
}

#[tokio::test]
async fn a_reader_that_has_the_object_is_told_so_and_a_range_is_that_range() {
    let account = Account::open().await;
    let s3 = account.s3();
    let put = s3.put_object().bucket(WORK).key("o").body(bytes("0123456789"));
    let put = put.cache_control("no-store").content_type("text/plain").metadata("piece", "1");
    let etag = put.send().await.unwrap().e_tag.unwrap();
    assert_eq!(etag, "\"781e5e245d69b566979b86e28d23f2c7\"");

    let again = s3.get_object().bucket(WORK).key("o").if_none_match(&etag).send().await;
    assert_eq!(refusal(again).0, 304);
    let part = s3.get_object().bucket(WORK).key("o").range("bytes=2-4").send().await.unwrap();
    assert_eq!(part.content_range(), Some("bytes 2-4/10"));
    assert_eq!(part.body.collect().await.unwrap().to_vec(), b"234");
    let past = s3.get_object().bucket(WORK).key("o").range("bytes=10-").send().await;
    assert_eq!(refusal(past), (416, "InvalidRange".into()));

    let head = s3.head_object().bucket(WORK).key("o").send().await.unwrap();
    assert_eq!(head.cache_control(), Some("no-store"));
    assert_eq!(head.content_type(), Some("text/plain"));
    assert_eq!(head.metadata().unwrap()["piece"], "1");
    assert_eq!(head.content_length(), Some(10));
}

#[tokio::test]
async fn checksums_are_checked_stored_and_returned() {
    let account = Account::open().await;
    let s3 = account.s3();
    let put = s3.put_object().bucket(WORK).key("sum").body(bytes("hello"));
    let put = put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let sha = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    assert_eq!(put.checksum_sha256(), Some(sha));
    let head = s3.head_object().bucket(WORK).key("sum").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(head.send().await.unwrap().checksum_sha256(), Some(sha));

    let plain = s3.put_object().bucket(WORK).key("crc").body(bytes("hello")).send().await.unwrap();
    assert_eq!(plain.checksum_crc32(), Some("NhCmhg=="));

    let wrong = s3.put_object().bucket(WORK).key("bad").body(bytes("hello"));
    let wrong = wrong.checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await;
    assert_eq!(refusal(wrong), (400, "BadDigest".into()));
    assert!(account.s3.list(WORK, "bad").is_empty());
}

#[tokio::test]
async fn a_wrong_secret_and_an_unsigned_request_are_refused() {
    let account = Account::open().await;
    let stranger = account.s3_as("guessed");
    let got = stranger.list_objects_v2().bucket(WORK).send().await;
    assert_eq!(refusal(got), (403, "SignatureDoesNotMatch".into()));
    let plain = reqwest::get(format!("{}/{WORK}/o", account.url)).await.unwrap();
    assert_eq!(plain.status(), 403);
}

#[tokio::test]
async fn a_presigned_link_dies_when_the_emulators_clock_passes_its_time() {
    let account = Account::open().await;
    let s3 = account.s3();
    s3.put_object().bucket(KEPT).key("film").body(bytes("moving")).send().await.unwrap();
    let time = PresigningConfig::expires_in(Duration::from_secs(900)).unwrap();
    let link = s3.get_object().bucket(KEPT).key("film").presigned(time).await.unwrap();
    let get = async || {
        let answer = reqwest::get(link.uri()).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get().await, (200, "moving".into()));
    account.clock.advance(800_000);
    assert_eq!(get().await.0, 200);
    account.clock.advance(101_000);
    let (status, body) = get().await;
    assert_eq!(status, 403);
    assert!(body.contains("Request has expired"), "{body}");

    let other = reqwest::get(link.uri().replace("/film", "/other")).await.unwrap();
    assert_eq!(other.status(), 403);
}

#[tokio::test]
async fn without_the_right_to_list_a_missing_object_is_forbidden_not_missing() {
    let account = Account::open().await;
    let s3 = account.s3();
    assert_eq!(refusal(s3.head_object().bucket(WORK).key("none").send().await).0, 404);
    assert!(account.s3.configure(WORK, |b| b.list_allowed = false));
    assert_eq!(refusal(s3.head_object().bucket(WORK).key("none").send().await).0, 403);
    let get = s3.get_object().bucket(WORK).key("none").send().await;
    assert_eq!(refusal(get), (403, "AccessDenied".into()));
}

struct Uploading {
    s3: aws_sdk_s3::Client,
    id: String,
}

impl Uploading {
    async fn begin(account: &Account) -> Self {
        let s3 = account.s3();
        let begun = s3.create_multipart_upload().bucket(KEPT).key("film").send().await.unwrap();
        Self { s3, id: begun.upload_id.unwrap() }
    }

    async fn part(&self, number: i32, size: usize) -> CompletedPart {
        let body = vec![number as u8; size];
        let part = self.s3.upload_part().bucket(KEPT).key("film").upload_id(&self.id);
        let part = part.part_number(number).body(ByteStream::from(body)).send().await.unwrap();
        CompletedPart::builder().part_number(number).e_tag(part.e_tag.unwrap()).build()
    }

    async fn complete(
        &self,
        parts: Vec<CompletedPart>,
    ) -> Result<
        aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput,
        SdkError<aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadError>,
    > {
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.s3.complete_multipart_upload().bucket(KEPT).key("film");
        complete.upload_id(&self.id).multipart_upload(list).send().await
    }
}

const FIVE: usize = 5 << 20;

#[tokio::test]
async fn an_upload_becomes_one_object_once_and_a_second_complete_finds_nothing() {
    let account = Account::open().await;
    let up = Uploading::begin(&account).await;
    // The first part last, as a recorder does that knows the beginning only at the end.
    let second = up.part(2, 17).await;
    let first = up.part(1, FIVE).await;
    assert_eq!(account.s3.uploads(KEPT)[0].parts, [1, 2]);
    assert!(account.s3.list(KEPT, "").is_empty());

    let parts = vec![first, second];
    let wrong_order = parts.iter().rev().cloned().collect();
    assert_eq!(refusal(up.complete(wrong_order).await).1, "InvalidPartOrder");
    let done = up.complete(parts.clone()).await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    assert!(done.version_id().is_some());
    assert_eq!(refusal(up.complete(parts).await), (404, "NoSuchUpload".into()));

    let film = account.s3.get(KEPT, "film").await.unwrap();
    assert_eq!(film.len(), FIVE + 17);
    assert_eq!((film[0], film[FIVE]), (1, 2));
    let range = format!("bytes={}-{}", FIVE - 1, FIVE);
    let seam = up.s3.get_object().bucket(KEPT).key("film").range(range).send().await.unwrap();
    assert_eq!(seam.body.collect().await.unwrap().to_vec(), [1, 2]);
    let made = account.notices("aws.s3");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["detail"]["reason"], "CompleteMultipartUpload");
}

#[tokio::test]
async fn an_aborted_upload_is_gone_for_a_late_part_and_a_late_complete() {
    let account = Account::open().await;
    let up = Uploading::begin(&account).await;
    let part = up.part(1, 10).await;
    let list = up.s3.list_multipart_uploads().bucket(KEPT).send().await.unwrap();
    assert_eq!(list.uploads()[0].upload_id(), Some(up.id.as_str()));
    let parts = up.s3.list_parts().bucket(KEPT).key("film").upload_id(&up.id);
    assert_eq!(parts.send().await.unwrap().parts()[0].size(), Some(10));

    let abort = up.s3.abort_multipart_upload().bucket(KEPT).key("film").upload_id(&up.id);
    abort.send().await.unwrap();
    assert!(account.s3.uploads(KEPT).is_empty());
    let late = up.s3.upload_part().bucket(KEPT).key("film").upload_id(&up.id);
    let late = late.part_number(2).body(bytes("late")).send().await;
    assert_eq!(refusal(late), (404, "NoSuchUpload".into()));
    assert_eq!(refusal(up.complete(vec![part]).await), (404, "NoSuchUpload".into()));
    assert!(account.s3.versions(KEPT, "").is_empty());
}

#[tokio::test]
async fn a_small_part_in_the_middle_and_a_foreign_etag_are_refused() {
    let account = Account::open().await;
    let up = Uploading::begin(&account).await;
    let small = up.part(1, FIVE - 1).await;
    let last = up.part(2, 1).await;
    assert_eq!(
        refusal(up.complete(vec![small, last.clone()]).await),
        (400, "EntityTooSmall".into())
    );
    let foreign = CompletedPart::builder().part_number(1).e_tag(last.e_tag().unwrap()).build();
    assert_eq!(refusal(up.complete(vec![foreign, last.clone()]).await).1, "InvalidPart");
    up.complete(vec![last]).await.unwrap();
}

#[tokio::test]
async fn without_kms_decrypt_a_put_works_and_a_part_fails() {
    let account = Account::open().await;
    let up = Uploading::begin(&account).await;
    let part = up.part(1, 10).await;
    account.s3.configure(KEPT, |b| b.encryption = Encryption::KmsWithoutDecrypt);
    let put = up.s3.put_object().bucket(KEPT).key("o").body(bytes("x")).send().await.unwrap();
    assert_eq!(put.server_side_encryption().unwrap().as_str(), "aws:kms");
    let next = up.s3.upload_part().bucket(KEPT).key("film").upload_id(&up.id).part_number(2);
    assert_eq!(refusal(next.body(bytes("x")).send().await), (403, "AccessDenied".into()));
    assert_eq!(refusal(up.complete(vec![part.clone()]).await), (403, "AccessDenied".into()));
    account.s3.configure(KEPT, |b| b.encryption = Encryption::Kms);
    up.complete(vec![part]).await.unwrap();
}

#[tokio::test]
async fn a_listing_pages_folds_folders_and_deletes_many() {
    let account = Account::open().await;
    let s3 = account.s3();
    for key in ["a", "j/1/x", "j/1/y", "j/2/x", "j/ä +", "z"] {
        assert!(account.s3.put(WORK, key, "x"));
    }
    let ask = || s3.list_objects_v2().bucket(WORK).delimiter("/").prefix("j/");
    let page = ask().send().await.unwrap();
    let folders: Vec<_> = page.common_prefixes().iter().map(|p| p.prefix().unwrap()).collect();
    assert_eq!(folders, ["j/1/", "j/2/"]);
    assert_eq!(page.contents()[0].key(), Some("j/ä +"));

    let (mut rows, mut token) = (Vec::new(), None);
    loop {
        let page = ask().max_keys(1).set_continuation_token(token).send().await.unwrap();
        rows.extend(page.common_prefixes().iter().map(|p| p.prefix().unwrap().to_owned()));
        rows.extend(page.contents().iter().map(|o| o.key().unwrap().to_owned()));
        token = page.next_continuation_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(rows, ["j/1/", "j/2/", "j/ä +"]);
    let old = s3.list_objects().bucket(WORK).marker("j/2/x").send().await.unwrap();
    let keys: Vec<_> = old.contents().iter().map(|o| o.key().unwrap()).collect();
    assert_eq!(keys, ["j/ä +", "z"]);

    let ids = ["j/1/x", "j/1/y", "never-was"];
    let ids = ids.map(|k| ObjectIdentifier::builder().key(k).build().unwrap());
    let all = Delete::builder().set_objects(Some(ids.to_vec())).build().unwrap();
    let gone = s3.delete_objects().bucket(WORK).delete(all).send().await.unwrap();
    assert_eq!(gone.deleted().len(), 3);
    assert_eq!(account.s3.list(WORK, "j/1/").len(), 0);
}

#[tokio::test]
async fn tags_and_copies_follow_the_object() {
    let account = Account::open().await;
    let s3 = account.s3();
    let put = s3.put_object().bucket(WORK).key("from").body(bytes("x")).tagging("hold=yes&a=b%20c");
    put.send().await.unwrap();
    let tags = async |key| {
        let got = s3.get_object_tagging().bucket(KEPT).key(key).send().await.unwrap();
        got.tag_set().iter().map(|t| (t.key.clone(), t.value.clone())).collect::<Vec<_>>()
    };
    let copy = s3.copy_object().bucket(KEPT).key("to").copy_source(format!("{WORK}/from"));
    copy.send().await.unwrap();
    assert_eq!(text(&s3, KEPT, "to", None).await, "x");
    assert_eq!(tags("to").await, [("hold".into(), "yes".into()), ("a".into(), "b c".into())]);
    let one = Tag::builder().key("hold").value("no").build().unwrap();
    let set = Tagging::builder().tag_set(one).build().unwrap();
    s3.put_object_tagging().bucket(KEPT).key("to").tagging(set).send().await.unwrap();
    assert_eq!(tags("to").await, [("hold".into(), "no".into())]);
    s3.delete_object_tagging().bucket(KEPT).key("to").send().await.unwrap();
    assert!(tags("to").await.is_empty());
    let itself = s3.copy_object().bucket(WORK).key("from").copy_source(format!("{WORK}/from"));
    assert_eq!(refusal(itself.send().await), (400, "InvalidRequest".into()));
}

#[tokio::test]
async fn an_object_created_notice_names_the_object_and_its_sequencers_rise() {
    let account = Account::open().await;
    let s3 = account.s3();
    for body in ["x", "yy"] {
        s3.put_object().bucket(KEPT).key("r/1-001.json").body(bytes(body)).send().await.unwrap();
    }
    s3.put_object().bucket(WORK).key("quiet").body(bytes("x")).send().await.unwrap();
    let notices = account.notices("aws.s3");
    assert_eq!(notices.len(), 2);
    let [first, second] = [&notices[0], &notices[1]];
    assert_eq!(first["detail-type"], "Object Created");
    assert_eq!(first["detail"]["bucket"]["name"], KEPT);
    assert_eq!(first["detail"]["object"]["key"], "r/1-001.json");
    assert_eq!(second["detail"]["object"]["size"], 2);
    assert_eq!(second["detail"]["object"]["etag"], hash("yy"));
    let sequencer =
        |n: &serde_json::Value| n["detail"]["object"]["sequencer"].as_str().unwrap().to_owned();
    assert!(sequencer(first) < sequencer(second));
}

fn hash(text: &str) -> String {
    use md5::Digest;
    hex::encode(md5::Md5::digest(text))
}

#[tokio::test]
async fn faults_refuse_by_operation_and_the_client_gets_over_them() {
    let account = Account::open().await;
    let s3 = account.s3();
    account.order("s3", "PutObject", FaultKind::Reject { status: 503, code: "SlowDown".into() });
    s3.put_object().bucket(WORK).key("o").body(bytes("x")).send().await.unwrap();
    account.order(
        "s3",
        "GetObject",
        FaultKind::Reject { status: 403, code: "AccessDenied".into() },
    );
    let get = async || s3.get_object().bucket(WORK).key("o").send().await;
    assert_eq!(refusal(get().await), (403, "AccessDenied".into()));
    get().await.unwrap();
    assert!(account.faults.list().is_empty());
}

#[tokio::test]
async fn buckets_can_be_made_looked_at_and_deleted_when_empty() {
    let account = Account::open().await;
    let s3 = account.s3();
    let versioning = s3.get_bucket_versioning().bucket(KEPT).send().await.unwrap();
    assert_eq!(versioning.status().unwrap().as_str(), "Enabled");
    let location = s3.get_bucket_location().bucket(KEPT).send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), "eu-central-1");
    assert_eq!(refusal(s3.head_bucket().bucket("none").send().await).0, 404);
    s3.create_bucket().bucket("fresh").send().await.unwrap();
    s3.head_bucket().bucket("fresh").send().await.unwrap();
    account.s3.put("fresh", "o", "x");
    assert_eq!(
        refusal(s3.delete_bucket().bucket("fresh").send().await),
        (409, "BucketNotEmpty".into())
    );
    s3.delete_object().bucket("fresh").key("o").send().await.unwrap();
    s3.delete_bucket().bucket("fresh").send().await.unwrap();
}
