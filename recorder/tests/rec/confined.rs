//! The recorder as Fargate runs it: a user without rights, a root filesystem that cannot be written
//! to, a scratch folder of its own.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use chime_contract::ticket::TicketState;

use crate::world::{World, quiet};

/// Makes what the image gives: a read-only root, `/tmp` apart from it, user 65534 without rights.
const CONFINE: &str = "mount --make-rprivate / && mount --bind /tmp /tmp && \
    mount -o remount,bind,ro / && ! touch /etc/chime-recorder-was-here 2>/dev/null && \
    exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs \
    \"$0\" record";

#[tokio::test(flavor = "multi_thread")]
async fn it_records_without_rights_and_with_a_read_only_root() {
    let able = Command::new("unshare").args(["-m", "mount", "--make-rprivate", "/"]).status();
    if !able.is_ok_and(|status| status.success()) || !std::env::temp_dir().starts_with("/tmp") {
        println!("NOT CHECKED: only root may make a read-only root, and the test's folder is /tmp");
        return;
    }
    let _quiet = quiet().await;
    let mut world = World::open().await;
    let _ada = world.person("seat-ada").await;
    let program = world.folder.path().join("chime-recorder");
    std::fs::copy(env!("CARGO_BIN_EXE_chime-recorder"), &program).unwrap();
    let scratch = world.folder.path().join("scratch-1");
    std::fs::create_dir(&scratch).unwrap();
    std::os::unix::fs::chown(&scratch, Some(65_534), Some(65_534)).unwrap();
    for (path, mode) in [(world.folder.path(), 0o755), (program.as_path(), 0o755)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let program = program.display().to_string();
    let mut task = world.recorder_by(&["unshare", "-m", "sh", "-c", CONFINE, &program]);
    world.until_fragments(&mut task, 3).await;
    world.ticket(TicketState::Ended);
    assert_eq!(task.ended().await.code(), Some(0), "{}", task.said());
    assert!(world.note(1).await.unwrap().verdict.good());
    let left: Vec<_> = std::fs::read_dir(&scratch).unwrap().flatten().collect();
    assert!(left.iter().all(|f| f.path().is_file()), "its folder is gone: {left:?}");
}
