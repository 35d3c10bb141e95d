//! A recording from the ticket to the note, by a recorder as Fargate runs it: a user without rights, a
//! root filesystem that cannot be written to, a scratch folder of its own.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use chime_contract::recording::EndReason;
use chime_contract::ticket::TicketState;

use crate::world::{Task, World, quiet};

/// Makes what the image gives: a read-only root, `/tmp` apart from it, user 65534 without rights.
const CONFINE: &str = "mount --make-rprivate / && mount --bind /tmp /tmp && \
    mount -o remount,bind,ro / && ! touch /etc/chime-recorder-was-here 2>/dev/null && \
    exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs \
    \"$0\" record";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_one_checked_file_and_nothing_is_left_of_its_journal() {
    let _quiet = quiet().await;
    let mut world = World::open().await;
    let _ada = world.person("seat-ada").await;
    let _ben = world.person("seat-ben").await;
    let mut task = confined(&world).unwrap_or_else(|| {
        println!("NOT CHECKED: only root can make a read-only root filesystem");
        world.recorder()
    });
    world.until_fragments(&mut task, 6).await;
    world.ticket(TicketState::Ended);
    let status = task.ended().await;
    assert_eq!(status.code(), Some(0), "{}", task.said());
    let note = world.note(1).await.unwrap();
    assert!(note.verdict.good(), "{note:?}");
    assert_eq!(note.end, Some(EndReason::MeetingOver));
    assert_eq!(world.journal(), Vec::<String>::new());
    let left: Vec<_> = std::fs::read_dir(&task.scratch).unwrap().flatten().collect();
    assert!(left.iter().all(|f| f.path().is_file()), "its folder is still there: {left:?}");
}

/// The recorder without rights; `None` where nobody may make that.
fn confined(world: &World) -> Option<Task> {
    let able = Command::new("unshare").args(["-m", "mount", "--make-rprivate", "/"]).status();
    if !able.is_ok_and(|status| status.success()) || !world.folder.path().starts_with("/tmp") {
        return None;
    }
    let program = world.folder.path().join("chime-recorder");
    std::fs::copy(env!("CARGO_BIN_EXE_chime-recorder"), &program).unwrap();
    let scratch = world.folder.path().join("scratch-1");
    std::fs::create_dir(&scratch).unwrap();
    std::os::unix::fs::chown(&scratch, Some(65_534), Some(65_534)).unwrap();
    for path in [world.folder.path(), &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = program.display().to_string();
    Some(world.recorder_by(&["unshare", "-m", "sh", "-c", CONFINE, &program]))
}
