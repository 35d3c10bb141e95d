//! The check that stands between a file and the word *Available*.

use std::path::{Path, PathBuf};
use std::process::Command;

use chime_contract::recording::Verdict;
use chime_recorder::probe::Probe;
use chime_recorder::storage::{Checker, Readable};

/// Makes half a minute with FFmpeg's own sources.
fn made(folder: &Path, picture: &str, sound: &str, front: bool) -> PathBuf {
    let file = folder.join("made.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]);
    command.args(["-t", "32", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]);
    if front {
        command.args(["-movflags", "+faststart"]);
    }
    assert!(command.arg(&file).status().unwrap().success());
    file
}

async fn checked(file: &Path, length_ms: Option<i64>) -> Verdict {
    Probe::default().check(&Readable::of_file(file, length_ms).await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_file_that_shows_and_sounds_is_good_and_each_fault_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (moving, tone) = ("testsrc2=s=640x360:r=10", "sine=300");
    let file = made(folder.path(), moving, tone, true);
    let good = checked(&file, Some(32_100)).await;
    assert!(good.good() && good.remark.is_empty(), "{good:?}");
    let long = checked(&file, Some(34_000)).await;
    assert!(!long.length && long.picture && long.sound, "{long:?}");
    assert_eq!(long.remark, "32.0 s long, 34.0 s were recorded");

    for (picture, sound, front, remark) in [
        ("color=c=gray:s=640x360:r=10", tone, true, "the picture is frozen"),
        ("color=c=black:s=640x360:r=10", tone, true, "the picture is black"),
        (moving, "anullsrc", true, "it is silent throughout"),
        (moving, tone, false, "its index is not in front"),
    ] {
        let verdict = checked(&made(folder.path(), picture, sound, front), None).await;
        assert!(!verdict.good(), "{remark}: {verdict:?}");
        assert_eq!(verdict.remark, remark);
    }

    // Cut off in the middle, as a copy that broke: its index still promises the whole.
    let file = made(folder.path(), moving, tone, true);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let verdict = checked(&file, Some(32_000)).await;
    assert!(!verdict.picture && !verdict.sound, "{verdict:?}");
}
