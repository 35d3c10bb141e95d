//! Starts the processes of tasks so that they end with the emulator, however that ends:
//! `setpriv --pdeathsig` has the kernel kill a process when the thread that started it is gone.
//! All are therefore started by one thread, which lives as long as the cluster: a runtime's worker
//! may go before. What a task starts itself is the task's own to take along, as a recorder does.

use std::io;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What stands in front of a task's own words. KILL, not TERM: S3 and the ticket, with which a
/// recorder would finish its piece, have ended with the emulator. The shell looks whether the
/// emulator, which it is told by its id, was gone before the signal was ordered.
fn guard(emulator: u32) -> Vec<String> {
    let alive = r#"[ "$PPID" = "$0" ] && exec "$@""#;
    let id = emulator.to_string();
    ["setpriv", "--pdeathsig=KILL", "--", "sh", "-c", alive, &id].map(String::from).to_vec()
}

/// Starts one process, with the guard in front or without.
type Job = Box<dyn FnOnce(&[String]) + Send>;

/// The thread that starts processes.
#[derive(Default)]
pub struct Starter(OnceLock<Sender<Job>>);

impl Starter {
    /// Starts a program that leads a process group of its own; `dress` sets what else is to be set.
    ///
    /// # Errors
    /// The system's.
    pub async fn start(
        &self,
        argv: Vec<String>,
        dress: impl FnOnce(&mut Command) + Send + 'static,
    ) -> io::Result<Child> {
        let program = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
        if program.contains('/') {
            // Behind the guard its absence would be an exit code only.
            std::fs::metadata(program)?;
        }
        let (tell, told) = oneshot::channel();
        let runtime = Handle::current();
        let job = move |guard: &[String]| {
            let _inside = runtime.enter();
            let mut command = command(guard, &argv);
            dress(&mut command);
            // Nobody waits for it any more: then it is dropped, and killed.
            let _ = tell.send(command.process_group(0).kill_on_drop(true).spawn());
        };
        let gone = |_| io::Error::other("the thread that starts tasks is gone");
        self.thread()?.send(Box::new(job)).map_err(|_| gone(()))?;
        told.await.map_err(|_| gone(()))?
    }

    fn thread(&self) -> io::Result<&Sender<Job>> {
        if let Some(jobs) = self.0.get() {
            return Ok(jobs);
        }
        let (jobs, to_do) = channel::<Job>();
        // Of two at once the one that comes second has nothing to do and ends.
        std::thread::Builder::new().name("tasks".into()).spawn(move || {
            let mut guard = None;
            while let Ok(job) = to_do.recv() {
                job(guard.get_or_insert_with(guard_if_there));
            }
        })?;
        Ok(self.0.get_or_init(|| jobs))
    }
}

/// A command of the guard's words and the task's.
fn command(guard: &[String], argv: &[String]) -> Command {
    let mut words = guard.iter().chain(argv);
    let mut command = Command::new(words.next().map_or("", String::as_str));
    command.args(words);
    command
}

/// The guard, if this machine has one that works.
fn guard_if_there() -> Vec<String> {
    let guard = guard(std::process::id());
    let mut tried = command(&guard, &["true".into()]).into_std();
    match tried.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) if status.success() => guard,
        tried => {
            let why = tried.map_or_else(|error| error.to_string(), |status| status.to_string());
            tracing::warn!(
                why,
                "setpriv (Debian: util-linux) is missing: an emulator that is killed leaves its tasks behind"
            );
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn script(text: String) -> Vec<String> {
        vec!["sh".into(), "-c".into(), text]
    }

    #[tokio::test]
    async fn a_task_outlives_the_thread_that_asked_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, go) = (folder.path().join("begun"), folder.path().join("go"));
        let wait = format!("until [ -e {} ]; do sleep 0.02; done", go.display());
        let task = script(format!("echo > {}; {wait}; exit 7", begun.display()));
        let starter = std::sync::Arc::new(Starter::default());
        let (asks, runtime) = (starter.clone(), Handle::current());
        let asker = std::thread::spawn(move || {
            let child = runtime.block_on(asks.start(task, |_| {})).unwrap();
            // From here on the task is guarded.
            while !begun.exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            (std::fs::read_link("/proc/thread-self").unwrap(), child)
        });
        let (me, mut child) = tokio::task::spawn_blocking(|| asker.join().unwrap()).await.unwrap();
        // The kernel signals a thread's children before the thread is gone from its table.
        while Path::new("/proc").join(&me).exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        std::fs::write(&go, "").unwrap();
        assert_eq!(child.wait().await.unwrap().code(), Some(7));
    }

    #[tokio::test]
    async fn a_task_whose_emulator_was_gone_already_does_not_begin() {
        let begins = async |guard: Vec<String>| {
            command(&guard, &["true".into()]).status().await.unwrap().success()
        };
        let me = std::process::id();
        assert!(begins(guard(me)).await);
        assert!(!begins(guard(me + 1)).await);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_does_not_start() {
        let starter = Starter::default();
        let missing = starter.start(vec!["/nowhere/recorder".into()], |_| {}).await;
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
